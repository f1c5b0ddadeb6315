// The run loop with real threads and a real store, on a tiny run.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessDispatcher, type InProcessOptions } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { ask, init, tell } from '@metaplast/evolution';
import { DOMAIN, Kernel, kernelIdentity } from '@metaplast/kernel';
import { initialTheta, kernelConfig } from '@metaplast/plasticity';
import { type RunSpec, resolveSpec, specAt } from '@metaplast/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkOf } from './fork.js';
import type { HeldOut } from './held-out.js';
import { runTraining, type TrainingOptions, type TrainingProgress } from './run.js';
import { EVALUATION } from './store/records.js';
import { RunStore } from './store/store.js';
import { summarise } from './summary.js';
import { thetaSha256 } from './theta.js';

const spec = resolveSpec({
  seed: 11,
  inner: { steps: 5, test: 16 },
  outer: { generations: 7, pairs: 8, tasksPerPair: 2, learningRate: { warmup: 2 } },
  evaluation: { every: 3, trials: 12 },
});

let folder: string;
let stores: RunStore[] = [];
let dispatchers: InProcessDispatcher[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-run-'));
});
afterEach(async () => {
  for (const store of stores) store.close();
  for (const dispatcher of dispatchers) await dispatcher.close();
  [stores, dispatchers] = [[], []];
  rmSync(folder, { recursive: true });
});

function newStore(of: RunSpec = spec, kernel = kernelIdentity()): RunStore {
  const store = RunStore.open(join(folder, `${stores.length}.db`));
  stores.push(store);
  store.createRun({ id: 'run', name: 'test', spec: of, kernel });
  return store;
}

async function dispatch(threads = 1, options?: InProcessOptions): Promise<InProcessDispatcher> {
  const dispatcher = new InProcessDispatcher(await EnginePool.start({ threads }), options);
  dispatchers.push(dispatcher);
  return dispatcher;
}

const train = (store: RunStore, dispatcher: InProcessDispatcher, more: Partial<TrainingOptions> = {}) =>
  runTraining({ store, runId: 'run', dispatcher, ...more });

/** The same meta-training as a plain loop: no threads, chunks, store or pipeline. Returns θ after each generation. */
function plainly(of: RunSpec): Float32Array[] {
  let state = init(of, initialTheta(of));
  const thetas = [state.theta];
  while (state.generation < of.outer.generations) {
    const { generation, sigma, pairs, tasksPerPair, theta } = ask(of, state);
    const kernel = new Kernel(kernelConfig(specAt(of, generation)));
    kernel.setSeed(of.seed);
    kernel.setTheta(theta);
    state = tell(of, state, kernel.pairLosses(generation, 0, pairs, tasksPerPair, sigma)).state;
    thetas.push(state.theta);
  }
  return thetas;
}

/** A signal that is aborted when generation `at` is committed: the one after it is in flight then. */
function stopAt(at: number): Partial<TrainingOptions> {
  const stop = new AbortController();
  return { signal: stop.signal, onProgress: ({ generation }) => generation === at && stop.abort() };
}

const heldOutGenerations = (store: RunStore): number[] => store.evaluations(`run`, EVALUATION.heldOut).map((e) => e.generation);

describe('runTraining', { timeout: 60_000 }, () => {
  it('ends with the θ of a plain loop, whatever the threads and chunks', async () => {
    const expected = thetaSha256(plainly(spec).at(-1)!);
    for (const [threads, options] of [
      [1, {}],
      [2, {}],
      [2, { chunkSize: 1 }],
      [1, { chunkSize: 3 }],
    ] as const) {
      const store = newStore();
      const result = await train(store, await dispatch(threads, options));
      expect(result).toMatchObject({ state: 'succeeded', generation: 7, thetaSha256: expected });
      expect(thetaSha256(result.theta)).toBe(expected);
      expect(store.run('run').state).toBe('succeeded');
    }
  });

  it('leaves losses, metrics, checkpoints and evaluations in the store', async () => {
    const store = newStore();
    const heldOut: HeldOut[] = [];
    await train(store, await dispatch(2), { onHeldOut: (h) => heldOut.push(h) });
    const thetas = plainly(spec);
    const kernel = new Kernel(kernelConfig(spec));
    kernel.setSeed(11);
    kernel.setTheta(thetas[4]!);
    expect(store.series.losses('run', 4)).toEqual(kernel.pairLosses(4, 0, 8, 2, spec.outer.sigma.initial));
    expect(store.series.metrics('run').map((m) => [m.generation, m.metrics.generation])).toEqual([0, 1, 2, 3, 4, 5, 6].map((g) => [g, g]));
    expect(store.checkpoints('run')).toEqual([0, 3, 6, 7]);
    for (const g of [0, 3, 6, 7]) expect(store.checkpoint('run', g)?.thetaSha256).toBe(thetaSha256(thetas[g]!));
    expect(heldOutGenerations(store)).toEqual([0, 3, 6, 7]);
    expect(store.evaluations('run', EVALUATION.heldOut).map((e) => e.result)).toEqual(heldOut.sort((a, b) => a.generation - b.generation));
    kernel.setTheta(thetas[3]!);
    const trials = kernel.trials(DOMAIN.heldOut, 0, 0, 12);
    const mean = trials.reduce((sum, t) => sum + t.accuracy, 0) / 12;
    expect(heldOut[1]!.accuracy).toBeCloseTo(mean, 12);
    expect(heldOut[1]!.se).toBeCloseTo(Math.sqrt(trials.reduce((sum, t) => sum + (t.accuracy - mean) ** 2, 0) / 11 / 12), 12);
  });

  it('reports progress', async () => {
    const store = newStore();
    const seen: TrainingProgress[] = [];
    await train(store, await dispatch(2), { onProgress: (p) => seen.push(p) });
    expect(seen.map((p) => p.generation)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const p of seen) {
      expect(p.generations).toBe(7);
      expect(p.metrics.generation).toBe(p.generation - 1);
      expect(p.trainingsPerSecond).toBeGreaterThan(0);
      expect(p.utilisation).toBeGreaterThan(0);
      expect(p.utilisation).toBeLessThanOrEqual(1.001);
      expect(p.etaSeconds).toBeCloseTo(((7 - p.generation) * 32) / p.trainingsPerSecond, 9);
    }
    const summary = summarise(store, 'run');
    expect(summary).toMatchObject({ seed: 11, kernel: kernelIdentity(), generations: 7, innerTrainings: 224 });
    expect(summary.utilisation).toBeGreaterThan(0);
    expect(summary.utilisation).toBeLessThanOrEqual(1.001);
  });

  it('stops on request after a commit, goes on from there, and ends the same', async () => {
    const thetas = plainly(spec);
    const store = newStore();
    const one = await dispatch(1);
    expect(await train(store, one, stopAt(2))).toMatchObject({ state: 'interrupted', thetaSha256: thetaSha256(thetas[3]!) });
    expect(store.run('run').state).toBe('interrupted');
    expect(await train(store, await dispatch(2), stopAt(4))).toMatchObject({ state: 'interrupted', generation: 5 });
    expect(await train(store, one)).toMatchObject({ state: 'succeeded', thetaSha256: thetaSha256(thetas[7]!) });
    expect(store.series.metrics('run')).toHaveLength(7);
    expect(heldOutGenerations(store)).toEqual([0, 3, 6, 7]);
    expect(store.events('run').flatMap(({ type }) => (type === 'held-out' ? [] : [type]))).toEqual([
      'queued',
      'running',
      'interrupted',
      'running',
      'interrupted',
      'running',
      'succeeded',
    ]);
  });

  it('goes through stages, and ends the same when cut before, at and after their borders', async () => {
    const staged = resolveSpec({
      ...spec,
      stages: [
        { generations: 2, network: { hidden: [{ choice: [4, 8] }] }, inner: { steps: 3, labelled: 6 } },
        { generations: 3, tasks: [{ family: 'two-moons', params: { noise: 0.7 } }, { family: 'circles' }] },
      ],
    });
    const thetas = plainly(staged);
    expect(new Set([thetas[1]!, plainly(spec)[1]!].map(thetaSha256)).size).toBe(2);
    const expected = { state: 'succeeded', thetaSha256: thetaSha256(thetas[7]!) };
    const whole = newStore(staged);
    expect(await train(whole, await dispatch(2, { chunkSize: 3 }))).toMatchObject(expected);
    const dispatcher = await dispatch();
    for (const cut of [1, 2, 4, 5]) {
      const store = newStore(staged);
      const interrupted = { state: 'interrupted', generation: cut + 1, thetaSha256: thetaSha256(thetas[cut + 1]!) };
      expect(await train(store, dispatcher, stopAt(cut))).toMatchObject(interrupted);
      expect(await train(store, dispatcher)).toMatchObject(expected);
      expect(store.series.metrics('run').map((m) => m.metrics)).toEqual(whole.series.metrics('run').map((m) => m.metrics));
      expect(heldOutGenerations(store)).toEqual([0, 3, 6, 7]);
      expect(store.evaluations('run', EVALUATION.heldOut).map((e) => e.result)).toEqual(
        whole.evaluations('run', EVALUATION.heldOut).map((e) => e.result),
      );
    }
  });

  it('does nothing when asked to stop before it starts, or when all is done', async () => {
    const store = newStore();
    const dispatcher = await dispatch();
    expect(await train(store, dispatcher, { signal: AbortSignal.abort() })).toMatchObject({ state: 'interrupted', generation: 0 });
    await train(store, dispatcher);
    const { busyMs } = dispatcher;
    expect(await train(store, dispatcher)).toMatchObject({ state: 'succeeded', generation: 7 });
    expect(dispatcher.busyMs).toBe(busyMs);
    expect(store.run('run').epoch).toBe(2);
  });

  it('makes up evaluations that an earlier start owes', async () => {
    const store = newStore();
    const dispatcher = await dispatch();
    await train(store, dispatcher, stopAt(7));
    expect(store.run('run').state).toBe('interrupted');
    expect(store.checkpoint('run')?.generation).toBe(7);
    await train(store, dispatcher);
    expect(heldOutGenerations(store)).toEqual([0, 3, 6, 7]);
    expect(store.run('run').state).toBe('succeeded');
  });

  it('gives up a run that another process has taken, and leaves it to that one', async () => {
    const store = newStore();
    const taken = train(store, await dispatch(), { onProgress: ({ generation }) => generation === 2 && store.startRun('run') });
    await expect(taken).rejects.toMatchObject({ name: 'StoreError', code: 'superseded' });
    expect(store.run('run')).toMatchObject({ state: 'running', epoch: 2 });
    expect(store.checkpoint('run')?.generation).toBe(2);
  });

  it('fails with a reason when the engines do, and can be started again', async () => {
    const store = newStore();
    const dispatcher = await dispatch();
    const stop = { onProgress: ({ generation }: TrainingProgress) => generation === 2 && void dispatcher.close() };
    await expect(train(store, dispatcher, stop)).rejects.toThrow('dispatcher is closed');
    expect(store.run('run')).toMatchObject({ state: 'failed', reason: 'dispatcher is closed' });
    expect((await train(store, await dispatch())).thetaSha256).toBe(thetaSha256(plainly(spec).at(-1)!));
  });

  it('fails when θ is no longer finite', async () => {
    const wild = resolveSpec({
      ...spec,
      outer: {
        ...spec.outer,
        learningRate: { peak: 100, warmup: 0, decay: 'constant' },
        optimiser: { kind: 'sgd', weightDecay: 1 },
        generations: 200,
      },
    });
    const store = newStore(wild);
    await expect(train(store, await dispatch())).rejects.toThrow('θ is no longer finite');
    expect(store.run('run').state).toBe('failed');
    expect(store.run('run').reason).toContain('θ is no longer finite');
  });

  it('refuses a run of another kernel', async () => {
    const store = newStore(spec, 'f'.repeat(64));
    await expect(train(store, await dispatch())).rejects.toMatchObject({
      code: 'kernel',
      message: `run run was made with kernel ffffffffffff, this program has ${kernelIdentity().slice(0, 12)}: results would not be the same`,
    });
    expect(store.run('run').state).toBe('queued');
  });

  it('refuses a checkpoint that is not what was stored', async () => {
    const store = newStore();
    const dispatcher = await dispatch();
    await train(store, dispatcher, stopAt(2));
    const epoch = store.startRun('run');
    const { state, ...rest } = store.checkpoint('run')!;
    store.putCheckpoint('run', epoch, { ...rest, thetaSha256: 'other', state });
    await expect(train(store, dispatcher)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/checkpoint 3 of run run does not match its sha256$/),
    });
    store.putCheckpoint('run', epoch, { ...rest, state: state.slice(0, 100) });
    await expect(train(store, dispatcher)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/checkpoint 3 of run run cannot be read$/),
    });
  });
});

it('goes on from a run whose spec is its first stage, by a fork, as if it had trained that stage itself', { timeout: 60_000 }, async () => {
  const schedules = { sigma: spec.outer.sigma, learningRate: spec.outer.learningRate };
  const changes = {
    outer: { generations: 10, sigma: { initial: 0.02 }, learningRate: { peak: 0.5, warmup: 1 } },
    tasks: [{ family: 'two-moons', params: { noise: 0.5 } }],
    stages: [{ generations: 7, tasks: spec.tasks, outer: schedules }],
  };
  const short = newStore();
  const dispatcher = await dispatch();
  await train(short, dispatcher);
  const { spec: long, start, forkedFrom } = forkOf(short, 'run', { changes });
  expect(start.generation).toBe(7);
  short.createRun({ id: 'fork', name: 'fork', spec: long, kernel: kernelIdentity(), forkedFrom }, start);
  const forked = await runTraining({ store: short, runId: 'fork', dispatcher });
  const straight = await train(newStore(long), dispatcher);
  expect(forked).toEqual(straight);
  expect(forked.thetaSha256).toBe(thetaSha256(plainly(long).at(-1)!));
});
