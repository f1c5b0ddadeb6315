import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KERNEL_IDENTITY, thetaLength } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { decodeTheta, encodeTheta, FormatError, type ThetaFile } from '@metaplast/training';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readTheta, requireKernel, writeTheta } from './theta.js';

const folder = mkdtempSync(join(tmpdir(), 'metaplast-theta-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file: ThetaFile = {
  spec: resolveSpec({ seed: 2 ** 53 - 1, rule: { hidden: [5] } }),
  generation: 7,
  kernel: KERNEL_IDENTITY,
  theta: Float32Array.from({ length: thetaLength([5]) }, (_, i) => Math.fround(Math.sin(i) * 10 ** ((i % 9) - 4))),
};

const fork: ThetaFile = { ...file, forkedFrom: { run: '0123456789abcdef', generation: 4, thetaSha256: 'a'.repeat(64) } };

/** The decoded file, or undefined when it was refused as it should be. */
function decoded(bytes: Uint8Array): ThetaFile | undefined {
  try {
    return decodeTheta(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).not.toContain('\n');
    return undefined;
  }
}

describe.each(['.safetensors', '.npz'] as const)('%s', (format) => {
  const bytes = encodeTheta(file, format);
  const forked = encodeTheta(fork, format);

  it('reads what it wrote, bit for bit', () => {
    expect(decodeTheta(bytes)).toEqual(file);
    expect(encodeTheta(file, format)).toEqual(bytes);
  });

  it('says where a fork started, and notices when that is missing', () => {
    expect(decodeTheta(forked)).toEqual(fork);
    expect(encodeTheta({ ...file, forkedFrom: null }, format)).toEqual(bytes);
    const without = Buffer.from(forked).toString('latin1').replaceAll('forkedFrom', 'forkedfrom');
    expect(decoded(Buffer.from(without, 'latin1'))).toBeUndefined();
    const malformed = { ...fork, forkedFrom: { run: 'x', generation: 4, thetaSha256: 'short' } };
    expect(() => decodeTheta(encodeTheta(malformed, format))).toThrow(/where it was forked from is malformed/);
  });

  it('refuses every truncation', { timeout: 30_000 }, () => {
    for (let length = 0; length < bytes.length; length++) expect(decoded(bytes.subarray(0, length))).toBeUndefined();
  });

  it('notices any changed byte that matters', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.nat(forked.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(forked);
        changed[at]! ^= flip;
        const result = decoded(changed);
        if (result !== undefined) expect(result).toEqual(fork);
      }),
      { numRuns: 1500 },
    );
  });

  it('refuses a θ of another length than its spec says', () => {
    const longer = encodeTheta({ ...file, theta: new Float32Array(file.theta.length + 1) }, format);
    expect(() => decodeTheta(longer)).toThrow(/does not fit its own spec: θ has 74 numbers, a rule of hidden widths 5 has 73/);
  });

  it('refuses a file whose spec is out of bounds', () => {
    const spec = { ...file.spec, seed: -1 };
    expect(() => decodeTheta(encodeTheta({ ...file, spec }, format))).toThrow(/its spec is invalid/);
  });

  it('survives random bytes after its first ones', () => {
    const start = fc.constantFrom(...[0, 2, 4, 8, 9, 64, 500].map((n) => [...bytes.subarray(0, n)]));
    fc.assert(fc.property(start, fc.uint8Array({ maxLength: 300 }), (a, b) => decoded(Uint8Array.from([...a, ...b])) === undefined));
  });
});

describe('safetensors', () => {
  it('refuses any header that describes something else', () => {
    const json = fc.json({ maxDepth: 4 });
    const entry = fc.record({ dtype: fc.constantFrom('F32', 'F16', 1), shape: fc.anything(), data_offsets: fc.anything() });
    const header = fc.oneof(
      json,
      entry.map((theta) => JSON.stringify({ theta, __metadata__: {} }) ?? ''),
    );
    fc.assert(
      fc.property(header, (text) => {
        const body = new TextEncoder().encode(text);
        const bytes = new Uint8Array(8 + body.length);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(body.length), true);
        bytes.set(body, 8);
        return decoded(bytes) === undefined;
      }),
    );
  });
});

describe('files', () => {
  it('are written by extension and read by content', () => {
    for (const name of ['a.safetensors', 'a.npz']) {
      writeTheta(join(folder, name), file);
      expect(readTheta(join(folder, name))).toEqual(file);
    }
    writeTheta(join(folder, 'a.json'), file);
    const { theta, spec, seed } = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')) as {
      theta: number[];
      spec: unknown;
      seed: number;
    };
    expect(Float32Array.from(theta)).toEqual(file.theta);
    expect({ spec, seed }).toEqual({ spec: file.spec, seed: 2 ** 53 - 1 });
    writeTheta(join(folder, 'fork.json'), fork);
    expect(JSON.parse(readFileSync(join(folder, 'fork.json'), 'utf8'))).toMatchObject({ forkedFrom: fork.forkedFrom });
    expect(() => writeTheta(join(folder, 'a.pt'), file)).toThrow(/must end in .safetensors, .npz, .json/);
  });

  it('say what is wrong in one line', () => {
    writeFileSync(join(folder, 'bad.npz'), 'hello, world');
    expect(() => readTheta(join(folder, 'bad.npz'))).toThrow(/bad.npz is truncated or not a θ file/);
    expect(() => readTheta(join(folder, 'none'))).toThrow(/cannot read .*none: no such file or folder/);
    writeTheta(join(folder, 'export.json'), file);
    expect(() => readTheta(join(folder, 'export.json'))).toThrow(
      /export.json is JSON, which is for other programs: use .safetensors or .npz/,
    );
    expect(() => readTheta(folder)).toThrow(/it is a folder, not a file/);
  });

  it('of another kernel are refused', () => {
    expect(() => requireKernel('x', { ...file, kernel: '0'.repeat(64) })).toThrow(/x belongs to another kernel: .* 000000000000, this is/);
    requireKernel('x', file);
  });

  it('are opened by numpy with the same numbers, where there is numpy', (context) => {
    writeTheta(join(folder, 'numpy.npz'), file);
    const program = `
import json, sys
try:
    import numpy
except ImportError:
    print('null'); sys.exit()
f = numpy.load(sys.argv[1])
print(json.dumps([sorted(f.files), str(f['theta'].dtype), f['theta'].tolist(), int(f['seed']), int(f['generation']), json.loads(str(f['spec'])), str(f['kernel'])]))`;
    let answer: unknown = null;
    try {
      answer = JSON.parse(execFileSync('python3', ['-c', program, join(folder, 'numpy.npz')], { encoding: 'utf8' }));
    } catch {
      // no python3
    }
    if (answer === null) return context.annotate('python3 with numpy is not there');
    expect(answer).toEqual([
      ['generation', 'kernel', 'record_sha256', 'seed', 'sha256', 'spec', 'theta'],
      'float32',
      [...file.theta],
      2 ** 53 - 1,
      7,
      file.spec,
      KERNEL_IDENTITY,
    ]);
  });

  it('leave nothing else behind', () => {
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
