import { DOMAIN, thetaLength } from '@metaplast/kernel';
import { resolveSpec, type Work } from '@metaplast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from './errors.js';
import { PROTOCOL_VERSION } from './identity.js';
import { decodeHead, decodeJob, decodeResult, decodeSpec, decodeWork, encodeResult, encodeWork } from './wire.js';

const spec = resolveSpec({ seed: 9, rule: { hidden: [8] }, tasks: [{ family: 'circles', params: { noise: 0.2 } }] });
const theta = Float32Array.from({ length: thetaLength([8]) }, (_, i) => Math.fround(0.1 * i - 3));
const trials = { kind: 'trials', spec, domain: DOMAIN.report, generation: 2, trials: 40 } as const;
const works: Work[] = [
  { kind: 'generation', spec, generation: 7, sigma: 0.03, theta },
  { ...trials, learner: { kind: 'rule', theta } },
  { ...trials, measureAfter: [0, 50], learner: { kind: 'rule', theta, substitute: 'noise' } },
  { ...trials, learner: { kind: 'adam', settings: [[0.1], [1 / 3]] } },
];

describe('a work', () => {
  it.each(works)('$kind comes back as it was', (work) => {
    const { head, theta: bytes, spec: json, specSha256 } = encodeWork(work, 'kernel', 'stream');
    const decoded = decodeHead(head);
    expect(decoded).toMatchObject({ kernel: 'kernel', announcements: 'stream', spec: specSha256 });
    expect(head.length).toBeLessThan(400);
    expect(decodeWork(decoded, bytes, decodeSpec(json))).toEqual(work);
  });

  it('is refused when θ does not fit, the spec is not valid, or it is of another version', () => {
    const { head, theta: bytes } = encodeWork(works[0]!, 'kernel', 'stream');
    expect(() => decodeWork(decodeHead(head), bytes.subarray(4), spec)).toThrow(`θ in Redis has ${bytes.length - 4} bytes`);
    expect(() => decodeSpec('{"seed": -1}')).toThrow(ProtocolError);
    expect(() => decodeSpec('{')).toThrow('spec in Redis is not JSON');
    const other = JSON.stringify({ ...JSON.parse(head), version: 1 });
    expect(() => decodeHead(other)).toThrow('work in Redis is of protocol 1, this program speaks 3');
  });
});

describe('a job', () => {
  const job = { version: PROTOCOL_VERSION, run: 'r', epoch: 1, work: 'r_1_x_0', chunk: 0, first: 0, count: 4 };

  it('is checked', () => {
    expect(decodeJob(job)).toEqual(job);
    expect(() => decodeJob({ ...job, version: 7 })).toThrow('job in Redis is of protocol 7, this program speaks 3');
    for (const bad of [null, 'x', [], { ...job, count: 0 }, { ...job, first: -1 }, { ...job, run: 3 }]) {
      expect(() => decodeJob(bad)).toThrow(ProtocolError);
    }
  });

  it('of any kind throws nothing but ProtocolErrors', () => {
    const onlyProtocolErrors = (read: () => unknown): void => {
      try {
        read();
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    };
    fc.assert(
      fc.property(fc.jsonValue(), fc.uint8Array(), (value, bytes) => {
        onlyProtocolErrors(() => decodeJob(value));
        onlyProtocolErrors(() => decodeHead(JSON.stringify(value)));
        onlyProtocolErrors(() => decodeSpec(JSON.stringify(value)));
        onlyProtocolErrors(() => decodeResult(Buffer.from(bytes), 2));
      }),
    );
  });
});

describe('a result', () => {
  const values = Float32Array.of(1.5, Number.NaN, -0, 3e38);

  it('comes back bit for bit', () => {
    const bytes = encodeResult({ values, busyMs: 12.25, worker: 'wörker' });
    const back = decodeResult(bytes, 4);
    expect([back.busyMs, back.worker]).toEqual([12.25, 'wörker']);
    expect(new Uint32Array(back.values.buffer)).toEqual(new Uint32Array(values.buffer));
  });

  it('is refused when it has another length than the chunk', () => {
    const bytes = encodeResult({ values, busyMs: 1, worker: 'w' });
    expect(() => decodeResult(bytes, 3)).toThrow(ProtocolError);
    expect(() => decodeResult(bytes.subarray(0, 3), 4)).toThrow(ProtocolError);
  });
});
