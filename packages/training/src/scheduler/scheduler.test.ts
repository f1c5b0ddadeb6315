// Several runs over the threads of one pool, a real store, and what users do to them meanwhile.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessDispatcher, LocalFleet } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { type RunState, resolveSpec } from '@metaplast/protocol';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runTraining } from '../run.js';
import { StateConflictError } from '../store/errors.js';
import { RunStore } from '../store/store.js';
import { Scheduler, type SchedulerEvent } from './scheduler.js';

const spec = resolveSpec({
  seed: 5,
  inner: { steps: 5, test: 16 },
  outer: { generations: 12, pairs: 8, learningRate: { warmup: 2 } },
  evaluation: { every: 6, trials: 12 },
});
/** Takes longer than any test. */
const long = { ...spec, outer: { ...spec.outer, generations: 100_000, pairs: 256 } };

let folder: string;
let store: RunStore;
let fleet: LocalFleet;
let scheduler: Scheduler;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-scheduler-'));
  store = RunStore.open(join(folder, 'a.db'));
  store.lease.acquire('test', 60_000);
  fleet = new LocalFleet(await EnginePool.start({ threads: 2 }));
});
afterEach(async () => {
  await scheduler.stop(0);
  await fleet.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const create = (id: string, of = spec, priority = 0): void =>
  store.createRun({ id, name: id, spec: of, kernel: kernelIdentity(), priority });
const start = (maxRuns = 4, onEvent: (event: SchedulerEvent) => void = () => {}): void => {
  scheduler = new Scheduler({ store, fleet, maxRuns, onEvent });
  scheduler.wake();
};
const becomes = (id: string, state: RunState): Promise<void> =>
  vi.waitFor(() => expect(store.run(id).state).toBe(state), { timeout: 30_000, interval: 5 });
const theta = (id: string): string => store.checkpoint(id)!.thetaSha256;

async function undisturbed(): Promise<string> {
  create('plain');
  const dispatcher = new InProcessDispatcher(await EnginePool.start({ threads: 1 }));
  const { thetaSha256 } = await runTraining({ store, runId: 'plain', dispatcher });
  await dispatcher.close();
  return thetaSha256;
}

describe('Scheduler', () => {
  it('ends several runs with the θ that they have alone, beside a large one', async () => {
    const expected = await undisturbed();
    create('large', long);
    for (const id of ['a', 'b', 'c']) create(id);
    start();
    for (const id of ['a', 'b', 'c']) await becomes(id, 'succeeded');
    expect(['a', 'b', 'c'].map(theta)).toEqual([expected, expected, expected]);
    expect(store.run('large').state).toBe('running');
    const story = store.events('a').map(({ type, detail }) => (type === 'held-out' ? `${type} ${detail}` : type));
    expect(story).toEqual(['queued', 'starting', 'running', 'held-out 0', 'held-out 6', 'held-out 12', 'succeeded']);
  });

  it('tells of each state, though no generation was committed yet', async () => {
    create('first', long);
    const told: string[] = [];
    start(4, (event) => {
      if (event.kind === 'changed') told.push(event.state);
      if (event.kind === 'progress') told.push('progress');
    });
    await becomes('first', 'running');
    expect(told).toEqual(['starting', 'running']);
  });

  it('starts no more than it may, the most urgent first', async () => {
    create('later', spec, 5);
    create('urgent', spec, 1);
    const started: string[] = [];
    start(1, (event) => event.kind === 'changed' && event.state === 'starting' && started.push(event.run));
    await becomes('later', 'succeeded');
    expect(started).toEqual(['urgent', 'later']);
  });

  it('pauses, resumes and cancels at once', async () => {
    create('large', long);
    start();
    await vi.waitFor(() => expect(store.series.metrics('large').length).toBeGreaterThan(0), { timeout: 30_000 });
    const before = performance.now();
    await scheduler.pause('large');
    expect(performance.now() - before).toBeLessThan(1000);
    const { length } = store.series.metrics('large');
    expect(store.run('large')).toMatchObject({ state: 'paused', epoch: 1, attempt: 1 });
    scheduler.resume('large');
    await vi.waitFor(() => expect(store.series.metrics('large').length).toBeGreaterThan(length), { timeout: 30_000 });
    const cancelled = scheduler.cancel('large');
    expect(store.run('large').state).toBe('cancelling');
    await cancelled;
    expect(store.run('large')).toMatchObject({ state: 'cancelled', epoch: 2, attempt: 2 });
    await expect(scheduler.pause('large')).rejects.toMatchObject({ name: 'StateConflictError', state: 'cancelled' });
  });

  it('ends with the same θ when paused again and again', async () => {
    const expected = await undisturbed();
    create('a');
    let pauses = 0;
    start(4, (event) => {
      if (event.kind === 'progress' && event.progress.generation % 3 === 0 && event.progress.generation < 12 && pauses++ < 3) {
        void scheduler.pause('a').then(() => scheduler.resume('a')); // at once: a moment later the run may be at its end
      }
    });
    await becomes('a', 'succeeded');
    expect(store.run('a').attempt).toBeGreaterThan(1);
    expect(theta('a')).toBe(expected);
  });

  it('goes on with runs of a scheduler that stopped', async () => {
    const expected = await undisturbed();
    create('a');
    await new Promise<void>((resolve) => start(4, (event) => event.kind === 'progress' && event.progress.generation === 3 && resolve()));
    await scheduler.stop(10_000);
    expect(store.run('a').state).toBe('interrupted');
    store.moveRun('a', ['interrupted'], 'running'); // as a killed process leaves it
    start();
    await becomes('a', 'succeeded');
    expect(theta('a')).toBe(expected);
    expect(store.events('a').map(({ detail }) => detail)).toContain('the coordinator was restarted');
  });

  it('fails a run of another kernel and goes on with others', async () => {
    store.createRun({ id: 'other', name: '', spec, kernel: 'f'.repeat(64) });
    create('a');
    start(1);
    await becomes('a', 'succeeded');
    expect(store.run('other')).toMatchObject({ state: 'failed', reason: expect.stringContaining('was made with kernel ffffffffffff') });
  });

  it('fails a run whose record is damaged, and goes on with the others', async () => {
    create('damaged');
    create('sound');
    const file = new Database(store.path);
    file.prepare(`UPDATE runs SET spec = '{"seed": -1}' WHERE id = 'damaged'`).run();
    file.close();
    const events: SchedulerEvent[] = [];
    start(1, (event) => events.push(event));
    await becomes('sound', 'succeeded');
    expect(store.state('damaged')).toBe('failed');
    expect(events.find((event) => event.kind === 'failed')).toMatchObject({ run: 'damaged', error: { code: 'corrupt' } });
    expect(events.some(({ kind }) => kind === 'fatal')).toBe(false);
    scheduler.resume('damaged');
    await vi.waitFor(() => expect(events.filter(({ kind }) => kind === 'failed')).toHaveLength(2));
    await scheduler.cancel('damaged').catch((error) => expect(error).toBeInstanceOf(StateConflictError));
  });

  it('stops for good when another coordinator has taken the store', async () => {
    create('large', long);
    const fatal = new Promise((resolve) => start(4, (event) => event.kind === 'fatal' && resolve(event.error)));
    const other = RunStore.open(store.path);
    expect(() => other.lease.acquire('other', 1000)).toThrow(/is in use by coordinator test \(its lease ends in/);
    store.lease.renew(0);
    other.lease.acquire('other', 1000);
    await expect(fatal).resolves.toMatchObject({
      code: 'superseded',
      message: expect.stringContaining('was taken over by coordinator other'),
    });
    expect(() => store.catalogue.label('large', { name: 'mine' })).toThrow('was taken over by coordinator other');
    other.close();
  });
});
