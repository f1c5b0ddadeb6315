// The command line from end to end on the smoke preset: what it writes, and that stopping it costs nothing.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportTask } from '@metaplast/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metaplast, type Outcome, temporaryFolder } from './cli.js';

const cwd = temporaryFolder();
const run = (...args: string[]): Promise<Outcome> => metaplast(args, { cwd });
const path = (...parts: string[]): string => join(cwd, ...parts);
afterAll(() => rmSync(cwd, { recursive: true }));

const FILES = ['figure.png', 'figure.svg', 'report.json', 'run.sqlite', 'theta.npz', 'theta.safetensors'];
const report = (folder: string): Record<string, unknown> & { thetaSha256: string; tasks: ReportTask[] } =>
  JSON.parse(readFileSync(path(folder, 'report.json'), 'utf8'));

/** Read as the safetensors format says, by code of its own. */
function safetensors(file: string): { metadata: Record<string, string>; bytes: Buffer; shape: number[] } {
  const content = readFileSync(file);
  const headerEnd = 8 + Number(content.readBigUInt64LE(0));
  const header = JSON.parse(content.toString('utf8', 8, headerEnd));
  expect(Object.keys(header)).toEqual(['__metadata__', 'theta']);
  const [from, to] = header.theta.data_offsets;
  expect(header.theta.dtype).toBe('F32');
  expect(headerEnd % 8).toBe(0);
  expect(content.length).toBe(headerEnd + to);
  return { metadata: header.__metadata__, bytes: content.subarray(headerEnd + from, headerEnd + to), shape: header.theta.shape };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a run', () => {
  let first: Outcome;
  beforeAll(async () => {
    first = await run('train', '--preset', 'smoke', '--threads', '2');
  });

  it('says what it does, shows progress and the table', () => {
    expect(first).toMatchObject({ exitCode: 0, err: '' });
    expect(first.out).toContain('12 generations of 16 antithetic pairs: 384 inner trainings');
    expect(first.out).toMatch(
      /^gen 12\/12 {2}ETA 0:00 {2}meta-loss \d\.\d{3} {2}held-out .* % \(backprop .* %\) .* trainings\/s .* % busy$/m,
    );
    expect(first.out).toMatch(/^two-moons \(64\) +\d\d\.\d ± \d\.\d %/m);
  });

  it('writes all files', () => {
    expect(readdirSync(path('out/smoke')).sort()).toEqual(FILES);
    for (const file of ['figure.svg', 'figure.png']) {
      const { size } = statSync(path('out/smoke', file));
      expect(size).toBeGreaterThan(20_000);
      expect(size).toBeLessThan(1_000_000);
    }
    const zip = readFileSync(path('out/smoke/theta.npz')).toString('latin1');
    for (const name of ['theta', 'spec', 'seed', 'generation', 'kernel']) expect(zip).toContain(`${name}.npy`);
  });

  it('reports in the documented shape', () => {
    const { tasks, ...summary } = report('out/smoke');
    const number = expect.any(Number);
    const score = { accuracy: number, se: number, crossEntropy: number, trainCrossEntropy: number };
    const difference = { difference: number, se: number };
    const row = {
      trials: 64,
      rule: score,
      baselines: { sgd: { ...score, learningRate: number }, adam: { ...score, learningRate: number } },
      paired: { sgd: difference, adam: difference },
    };
    expect(summary).toEqual({
      seed: 1,
      kernel: expect.stringMatching(/^[0-9a-f]{64}$/),
      bitIdentical: true,
      engines: [expect.stringMatching(/^(native|wasm)$/)],
      generations: 12,
      innerTrainings: 384,
      seconds: number,
      trainingsPerSecond: number,
      utilisation: number,
      thetaSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(tasks).toEqual([
      { family: 'two-moons', ...row },
      { family: 'two-gaussians:generic', ...row },
    ]);
  });

  it('names the θ in its files', async () => {
    const { metadata, bytes, shape } = safetensors(path('out/smoke/theta.safetensors'));
    const { thetaSha256, kernel } = report('out/smoke');
    expect(shape).toEqual([bytes.length / 4]);
    // From spec and seed to these bits, on every machine: it changes with the kernel's identity or with a default of the spec, and with nothing else.
    expect(thetaSha256).toBe('f69a30b328f29352a08d1cdbbabafbd94c58377c3e0b9bd9ad0721ec533b0a51');
    expect(sha256(bytes)).toBe(thetaSha256);
    expect(metadata).toMatchObject({ seed: '1', generation: '12', kernel, sha256: thetaSha256 });
    const { out } = await run('spec', '--preset', 'smoke');
    expect(JSON.parse(metadata.spec!)).toEqual(JSON.parse(out));
  });

  it('is left alone when started again, and makes what is missing', async () => {
    const before = FILES.map((file) => readFileSync(path('out/smoke', file)));
    const again = await run('train', '--preset', 'smoke');
    expect(again).toMatchObject({ exitCode: 0, err: '' });
    expect(again.out).toContain('out/smoke is finished and has all its files; nothing to do');
    for (const file of ['report.json', 'theta.npz', 'figure.png']) rmSync(path('out/smoke', file));
    const third = await run('train', '--out', 'out/smoke');
    expect(third).toMatchObject({ exitCode: 0, err: '' });
    expect(third.out).toContain('Wrote out/smoke/report.json, out/smoke/theta.npz, out/smoke/figure.png');
    const after = FILES.map((file) => readFileSync(path('out/smoke', file)));
    FILES.forEach((file, i) => {
      if (file !== 'run.sqlite') expect(after[i]!.equals(before[i]!), file).toBe(true);
    });
  });

  it('gives the same θ on one thread', async () => {
    expect((await run('train', '--preset', 'smoke', '--threads', '1', '--out', 'single')).exitCode).toBe(0);
    expect(report('single').thetaSha256).toBe(report('out/smoke').thetaSha256);
    expect(report('single').tasks).toEqual(report('out/smoke').tasks);
  });

  it('is evaluated again from its θ file, with the same numbers', async () => {
    const { exitCode, out } = await run('evaluate', '--theta', 'out/smoke/theta.npz', '--json');
    expect(exitCode).toBe(0);
    const { tasks, thetaSha256, kernel } = report('out/smoke');
    expect(JSON.parse(out)).toEqual({ seed: 1, tunedOn: 'each', kernel, generations: 12, thetaSha256, tasks });
    const other = await run('evaluate', '--theta', 'out/smoke/theta.npz', '--set', 'evaluation.families=[{"family":"circles"}]');
    expect(other.out).toMatch(/^circles \(64\) /m);
    expect(other.out).not.toContain('tuned on');
  });

  it('is held against baselines that are tuned on the first family alone', async () => {
    const evaluate = ['evaluate', '--theta', 'out/smoke/theta.npz', '--tuned-on', 'first'];
    const { tunedOn, tasks } = JSON.parse((await run(...evaluate, '--json')).out) as { tunedOn: string; tasks: ReportTask[] };
    expect(tunedOn).toBe('first');
    const [first, ...others] = report('out/smoke').tasks;
    expect(tasks[0]).toEqual(first);
    expect(others.length).toBeGreaterThan(0);
    for (const { baselines } of tasks) expect(baselines.sgd.learningRate).toBe(first!.baselines.sgd.learningRate);
    expect((await run(...evaluate)).out).toMatch(/^The baselines are tuned on validation tasks of two-moons alone\.$/m);
  });

  it('is exported and drawn at any stored generation', async () => {
    expect((await run('export', 'out/smoke')).out).toBe('0\n4\n8\n12\n');
    expect((await run('export', 'out/smoke', '--generation', '4', '--to', 'four.safetensors')).exitCode).toBe(0);
    expect(safetensors(path('four.safetensors')).metadata.generation).toBe('4');
    expect((await run('export', 'four.safetensors', '--to', 'four.npz')).exitCode).toBe(0);
    expect((await run('export', 'four.npz', '--to', 'four.json')).exitCode).toBe(0);
    const { theta, sha256: hash } = JSON.parse(readFileSync(path('four.json'), 'utf8')) as { theta: number[]; sha256: string };
    expect(sha256(new Uint8Array(Float32Array.from(theta).buffer))).toBe(hash);
    expect((await run('figure', 'out/smoke', '--out', 'drawn')).exitCode).toBe(0);
    expect(readFileSync(path('drawn/figure.svg'), 'utf8')).toBe(readFileSync(path('out/smoke/figure.svg'), 'utf8'));
  });
});

describe('Ctrl-C', () => {
  const args = ['train', '--preset', 'smoke', '--set', 'outer.generations=120'];

  it('stops a run that ends with the same θ when it is started again', async () => {
    expect((await run(...args, '--out', 'undisturbed')).exitCode).toBe(0);
    let told = 0;
    const stopped = await metaplast([...args, '--out', 'stopped'], {
      cwd,
      onOutput: (out, child) => {
        if (/^gen /m.test(out) && told++ === 0) child.kill('SIGINT');
      },
    });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.out).toContain('Stopping after this generation');
    const command = 'npx metaplast train --preset smoke --set outer.generations=120 --out stopped';
    expect(stopped.err).toBe(`metaplast: stopped; nothing is lost. Go on with: ${command}\n`);
    expect(readdirSync(path('stopped'))).toEqual(['run.sqlite']);
    const resumed = await run(...args, '--out', 'stopped');
    expect(resumed.exitCode).toBe(0);
    expect(resumed.out).toMatch(/Going on from generation [1-9]/);
    expect(report('stopped').thetaSha256).toBe(report('undisturbed').thetaSha256);
    expect(report('stopped').tasks).toEqual(report('undisturbed').tasks);
  });

  it('a second time ends a long generation at once, and what was committed is there', async () => {
    let told = 0;
    let killedAt = 0;
    const stopped = await metaplast(
      [...args, '--set', 'outer.pairs=60000', '--set', 'outer.tasksPerPair=16', '--set', 'evaluation.validationTrials=8', '--out', 'twice'],
      {
        cwd,
        onOutput: (out, child) => {
          if (!out.includes('4. ') || told++ > 0) return;
          setTimeout(() => child.kill('SIGINT'), 8000);
          setTimeout(() => {
            killedAt = performance.now();
            child.kill('SIGINT');
          }, 10_000);
        },
      },
    );
    expect(killedAt).toBeGreaterThan(0);
    expect(performance.now() - killedAt).toBeLessThan(2000);
    expect(stopped.exitCode).toBe(130);
    expect(stopped.err).toContain('Go on with: npx metaplast train');
    expect((await run('export', 'twice')).out).toBe('0\n');
  });
});

describe('other commands', () => {
  it('doctor finds this machine fit and leaves nothing behind', async () => {
    const { exitCode, out } = await run('doctor', '--out', 'new');
    expect(exitCode).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.filter((line) => !/^\w+ +ok {4}\S/.test(line))).toEqual([]);
    for (const check of ['node', 'cores', 'simd', 'kernel', 'threads', 'store', 'figures'])
      expect(out).toMatch(new RegExp(`^${check} `, 'm'));
    expect(existsSync(path('new'))).toBe(false);
  });

  it('spec prints what it resolved, which resolves to itself', async () => {
    const { out } = await run('spec', '--preset', 'smoke', '--set', 'tasks.0.params.noise=0.2', '--set', 'outer.shaping.kind=none');
    const spec = JSON.parse(out);
    expect(spec).toMatchObject({ seed: 1, tasks: [{ family: 'two-moons', params: { noise: 0.2 } }], outer: { shaping: { kind: 'none' } } });
    writeFileSync(path('printed.json'), out);
    expect((await run('spec', '--spec', 'printed.json')).out).toBe(out);
  });

  it('quickstart takes its preset and leaves it to --out where to write', async () => {
    const smaller = [
      '--set',
      'outer.generations=2',
      '--set',
      'outer.pairs=8',
      '--set',
      'evaluation={"every":1,"trials":8,"reportTrials":8,"validationTrials":8,"families":[{"family":"two-moons"}]}',
    ];
    const { exitCode, out } = await run('quickstart', ...smaller);
    expect(exitCode).toBe(0);
    expect(out).toContain('Wrote out/quickstart/report.json');
    expect(readdirSync(path('out/quickstart')).sort()).toEqual(FILES);
  });
});
