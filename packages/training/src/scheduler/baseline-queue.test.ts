import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, LocalFleet, type RunOptions } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { type PartialRunSpec, resolveSpec } from '@metaplast/protocol';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunStore } from '../store/store.js';
import { BaselineQueue } from './baseline-queue.js';

const small = { inner: { steps: 5, test: 16 }, evaluation: { trials: 12, validationTrials: 12 } };

let folder: string;
let store: RunStore;
let fleet: LocalFleet;
/** Runs that were measured, and what went wrong with which. */
let measured: string[];
let errors: [run: string, message: string][];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-baselines-'));
  store = RunStore.open(join(folder, 'a.db'));
  fleet = new LocalFleet(await EnginePool.start({ threads: 1 }));
  measured = [];
  errors = [];
});
afterEach(async () => {
  await fleet.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const create = (id: string, more: PartialRunSpec = {}, kernel = kernelIdentity()): void =>
  store.createRun({ id, name: id, spec: resolveSpec({ ...small, ...more }), kernel });
const queueOver = (of: Fleet): BaselineQueue =>
  new BaselineQueue({
    store,
    fleet: of,
    onMeasured: (run) => measured.push(run),
    onError: (run, error) => errors.push([run, (error as Error).message]),
  });
/** A fleet on which works of engine tfjs wait until they are taken back, as over Redis without such a worker. */
const withoutTfjs: Fleet = {
  get slots() {
    return fleet.slots;
  },
  dispatcher(options: RunOptions) {
    const dispatcher = fleet.dispatcher(options);
    const evaluate: typeof dispatcher.evaluate = (work, signal) =>
      work.spec.engine === 'wasm'
        ? dispatcher.evaluate(work, signal)
        : new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
    return { slots: 1, busyMs: 0, evaluate, close: () => dispatcher.close() };
  },
  close: async () => {},
};

describe('BaselineQueue', () => {
  it('measures each run once, in the order of adding, and keeps what it knows', async () => {
    create('a');
    create('b');
    const queue = queueOver(fleet);
    for (const run of ['a', 'b', 'a']) queue.add(run);
    await vi.waitFor(() => expect(measured).toEqual(['a', 'b']), { timeout: 60_000 });
    const { baselines } = store.catalogue.run('a');
    expect(baselines!.sgd.accuracy).toBeGreaterThan(0.5);
    queue.add('a');
    await queue.stop();
    expect(measured).toEqual(['a', 'b']);
    expect(errors).toEqual([]);
  });

  it('keeps trouble with a run to that run', async () => {
    create('damaged');
    create('other-kernel', {}, 'f'.repeat(64));
    create('sound');
    const file = new Database(store.path);
    file.prepare(`UPDATE runs SET spec = '{"seed": -1}' WHERE id = 'damaged'`).run();
    file.close();
    const queue = queueOver(fleet);
    for (const run of ['gone', 'damaged', 'other-kernel', 'sound']) queue.add(run);
    await vi.waitFor(() => expect(measured).toEqual(['sound']), { timeout: 60_000 });
    expect(errors.map(([run]) => run)).toEqual(['gone', 'damaged', 'other-kernel']);
    expect(errors[1]![1]).toContain('damaged has no valid spec');
    await queue.stop();
  });

  it('is not held up by a run whose engine nobody has, and takes up a run again that was dropped', async () => {
    create('stuck', { engine: 'tfjs' });
    create('a');
    const queue = queueOver(withoutTfjs);
    queue.add('stuck');
    queue.add('a');
    queue.drop('a');
    queue.add('a');
    await vi.waitFor(() => expect(measured).toEqual(['a']), { timeout: 60_000 });
    await queue.stop();
    expect(errors).toEqual([]);
    expect(store.catalogue.run('stuck').baselines).toBeNull();
  });
});
