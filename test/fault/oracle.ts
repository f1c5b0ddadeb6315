// What every disturbed run is held against: the same run, undisturbed and in-process. θ of the end, and each generation's losses.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dispatcher, InProcessDispatcher, type Log, RedisFleet } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { type PartialRunSpec, resolveSpec } from '@metaplast/protocol';
import { FRESH, LOCK_MS } from '@metaplast/rig';
import { EVALUATION, RunStore, runTraining, type TrainingProgress } from '@metaplast/training';
import { expect } from 'vitest';

export const GENERATIONS = 20;

/** A generation takes some 100 ms of one core, so that whatever is killed is killed in the middle of something. */
export const SPEC: PartialRunSpec = {
  seed: 5,
  inner: { steps: 50 },
  outer: { generations: GENERATIONS, pairs: 40 },
  evaluation: { every: 5, trials: 16 },
};

export const folder = mkdtempSync(join(tmpdir(), 'metaplast-fault-'));
export const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });

/** A place for a store, and a prefix, that no other test has. */
export const fresh = (): { path: string; prefix: string } => {
  const prefix = `${FRESH}${randomBytes(4).toString('hex')}`;
  return { path: join(folder, `${prefix}.db`), prefix };
};

/** All that a finished store says of its run, as one hash; fails unless every generation and evaluation is there once. */
export function fingerprint(path: string): string {
  const store = RunStore.open(path);
  try {
    const { state, spec } = store.run('run');
    const { generations } = spec.outer;
    expect(state).toBe('succeeded');
    const all = Array.from({ length: generations }, (_, i) => i);
    expect(store.series.metrics('run').map((m) => m.generation)).toEqual(all);
    const evaluations = store.evaluations('run', EVALUATION.heldOut);
    expect(evaluations.map((e) => e.generation)).toEqual([0, 5, 10, 15, 20]);
    const hash = createHash('sha256').update(store.checkpoint('run')!.thetaSha256).update(JSON.stringify(evaluations));
    for (const generation of all) hash.update(new Uint8Array(store.series.losses('run', generation).buffer));
    return hash.digest('hex');
  } finally {
    store.close();
  }
}

/** Generations that a store has between two processes: a whole prefix of the run. */
export function committed(path: string): number {
  const store = RunStore.open(path);
  const generations = store.series.metrics('run').map((m) => m.generation);
  store.close();
  expect(generations).toEqual(Array.from(generations, (_, i) => i));
  return generations.length;
}

async function train(path: string, dispatcher: Dispatcher, spec: PartialRunSpec, onProgress: (p: TrainingProgress) => void): Promise<void> {
  const store = RunStore.open(path);
  try {
    if (!store.findRun('run')) store.createRun({ id: 'run', name: 'run', spec: resolveSpec(spec), kernel: kernelIdentity() });
    await runTraining({ store, runId: 'run', dispatcher, onProgress });
  } finally {
    store.close();
  }
}

let undisturbed: Promise<string> | undefined;

/** The fingerprint that all others must equal. */
export function oracle(): Promise<string> {
  undisturbed ??= (async () => {
    const { path } = fresh();
    const dispatcher = new InProcessDispatcher(await EnginePool.start({ threads: 1 }));
    await train(path, dispatcher, SPEC, () => {});
    await dispatcher.close();
    return fingerprint(path);
  })();
  return undisturbed;
}

/** A run over Redis whose coordinator is this process. */
export class RedisRun {
  readonly path: string;
  readonly prefix: string;
  readonly url: string;
  readonly fleet: RedisFleet;
  /** Generations committed. */
  generation = 0;
  /** What the fleet had to say. */
  readonly log: string[];
  readonly #ended: Promise<void>;

  private constructor(url: string, place: { path: string; prefix: string }, fleet: RedisFleet, log: string[], spec: PartialRunSpec) {
    this.url = url;
    this.path = place.path;
    this.prefix = place.prefix;
    this.fleet = fleet;
    this.log = log;
    this.#ended = train(this.path, fleet.dispatcher({ run: `seed-${spec.seed}`, epoch: 1 }), spec, ({ generation }) => {
      this.generation = generation;
    });
    this.#ended.catch(() => {});
  }

  /** `shared`: a run whose fleet this one shares; `at`: where store and keys are. */
  static async start(url: string, spec: PartialRunSpec = SPEC, shared?: RedisRun, at = fresh()): Promise<RedisRun> {
    const place = { ...at, ...(shared ? { prefix: shared.prefix } : {}) };
    const lines: string[] = [];
    const log: Log = (_level, message) => lines.push(message);
    const fleet = shared?.fleet ?? (await RedisFleet.connect({ url, prefix: place.prefix, lockMs: LOCK_MS, log }));
    return new RedisRun(url, place, fleet, lines, spec);
  }

  /** What the run fails with. */
  async failure(): Promise<unknown> {
    return await this.#ended.then(
      () => new Error('the run has succeeded'),
      (error: unknown) => error,
    );
  }

  /** Waits for the end of the run and closes the fleet. Rejects with what the run fails with. */
  async ended(): Promise<void> {
    try {
      await this.#ended;
    } finally {
      await this.fleet.close();
    }
  }

  /** Waits for the end, and compares with the undisturbed run. */
  async endsAsUndisturbed(): Promise<void> {
    await this.ended();
    expect(fingerprint(this.path)).toBe(await oracle());
  }
}
