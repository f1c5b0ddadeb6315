// A run with engine tfjs, as a user makes it: it follows the kernel's run closely, and says everywhere that it has other bits.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import { decodeTheta } from '@metaplast/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metaplast, temporaryFolder } from './cli.js';
import { serve } from './witnessed.js';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const spec = {
  seed: 5,
  inner: { steps: 10, test: 32 },
  outer: { generations: 6, pairs: 8, learningRate: { warmup: 2 } },
  evaluation: { every: 3, trials: 8, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};
beforeAll(() => writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec)));

const train = (out: string, engine: string, ...more: string[]) =>
  metaplast(['train', '--spec', 'spec.json', '--set', `engine=${engine}`, '--out', out, ...more], { cwd: folder });
const report = (out: string) => JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8'));
const theta = (out: string): Float32Array => decodeTheta(readFileSync(join(folder, out, 'theta.npz'))).theta;

describe('a run with engine tfjs', { timeout: 120_000 }, () => {
  it('is marked by a server and by who asks it', async () => {
    const server = await serve(join(folder, 'served'));
    try {
      const ask = (...args: string[]) => metaplast([...args, '--url', server.url], { cwd: folder });
      const { exitCode, out } = await ask('submit', '--spec', 'spec.json', '--set', 'engine=tfjs', '--name', 'other', '--wait');
      expect([exitCode, out]).toEqual([0, expect.stringContaining('succeeded')]);
      const [listed] = (await new Client({ url: server.url }).list()).runs;
      expect(listed).toMatchObject({ bitIdentical: false, engines: [expect.stringMatching(/^tfjs\//)] });
      expect((await ask('show', 'other')).out).toMatch(/^computed by +tfjs\/\w+ \(not bit-identical\)$/m);
    } finally {
      await server.end('SIGTERM');
    }
  });

  it('ends close to the run of the kernel, and is marked', async () => {
    const [tfjs, wasm] = [await train('tfjs', 'tfjs', '--threads', '1'), await train('wasm', 'wasm')];
    expect([tfjs.exitCode, wasm.exitCode]).toEqual([0, 0]);
    expect(tfjs.out).toContain('Engine tfjs: not bit-identical.');
    expect(tfjs.out).toMatch(/\(not bit-identical, computed by tfjs\/\w+\)/);
    expect(wasm.out).not.toContain('bit-identical');
    expect(report('tfjs')).toMatchObject({ bitIdentical: false, engines: [expect.stringMatching(/^tfjs\/(wasm|cpu|tensorflow)$/)] });
    expect(report('wasm')).toMatchObject({ bitIdentical: true });
    const [a, b] = [theta('tfjs'), theta('wasm')];
    const apart = Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
    // Six steps of Adam at rates up to 0.06 move θ by some tenths.
    expect(apart).toBeLessThan(0.02);
    expect(report('tfjs').tasks[0].rule.crossEntropy).toBeCloseTo(report('wasm').tasks[0].rule.crossEntropy, 1);
  });

  it('is refused as another run than the kernel’s in the same folder', async () => {
    const { exitCode, err } = await train('wasm', 'tfjs');
    expect(exitCode).toBe(2);
    expect(err).toContain('holds a run of another spec (engine');
  });

  it('is what doctor looks at, and nothing else is an engine', async () => {
    const { out } = await metaplast(['doctor'], { cwd: folder });
    expect(out).toMatch(/^tfjs +ok +TensorFlow.js, backend \w+, for runs with engine tfjs \(not bit-identical\)$/m);
    const { exitCode, err } = await train('gpu', 'gpu');
    expect(exitCode).toBe(2);
    expect(err).toContain('/engine: must be "wasm" or "tfjs", was "gpu"');
  });
});
