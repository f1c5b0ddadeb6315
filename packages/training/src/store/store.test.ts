import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenerationMetrics } from '@metaplast/evolution';
import { resolveSpec } from '@metaplast/protocol';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError, storeError } from './errors.js';
import { type GenerationCommit, RunStore } from './store.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-store-'));
  path = join(folder, 'run.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const spec = resolveSpec({ seed: 2 ** 53 - 1, outer: { pairs: 2 } });
const newRun = (id: string) => ({ id, name: `the ${id}`, spec, kernel: 'k1' });
const metrics = (meanLoss: number): GenerationMetrics => ({ meanLoss }) as unknown as GenerationMetrics;

const timing = { wallMs: 10, busyMs: 15, slots: 2 };
const commit = (generation: number, keepPrevious = false): GenerationCommit => ({
  generation,
  losses: Float32Array.of(generation, 0.25, Number.NaN, 3),
  metrics: metrics(generation / 2),
  timing,
  engines: [generation % 2 === 0 ? 'wasm' : 'native'],
  checkpoint: { generation: generation + 1, thetaSha256: `sha-${generation + 1}`, state: Uint8Array.of(generation + 1, 255, 0) },
  keepPrevious,
});

/** The one-line error that `body` throws. */
function thrown(body: () => unknown): { code: string; message: string } {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    const { code, message } = error as StoreError;
    expect(message).not.toContain('\n');
    return { code, message: message.replaceAll(folder, '.') };
  }
  throw new Error('nothing was thrown');
}

/** A store with a run that has some generations, closed. */
function filled(generations = 3): void {
  const store = RunStore.open(path);
  store.createRun(newRun('a'));
  const epoch = store.startRun('a');
  for (let g = 0; g < generations; g++) store.commitGeneration('a', epoch, commit(g));
  store.close();
}

describe('RunStore', () => {
  it('gives back what was put, also after closing, and keeps runs apart', () => {
    let store = RunStore.open(path);
    store.createRun(newRun('a'));
    store.createRun(newRun('b'));
    const epoch = store.startRun('a');
    store.putCheckpoint('a', epoch, { generation: 0, thetaSha256: 'sha-0', state: Uint8Array.of(9) });
    store.commitGeneration('a', epoch, commit(0, true));
    store.commitGeneration('a', epoch, commit(1));
    store.putEvaluation('a', { kind: 'held-out', generation: 0, family: 0 }, { accuracy: 0.5 });
    store.putEvaluation('a', { kind: 'report', generation: 2, family: 1 }, { x: [1] });
    for (let generation = 0; generation < 10; generation++)
      store.putEvaluation('a', { kind: 'baselines', generation, family: 0 }, generation);
    store.close();
    store = RunStore.open(path);
    expect(store.catalogue.list({ limit: 9 }).map((r) => r.id)).toEqual(['b', 'a']);
    expect(store.run('a')).toMatchObject({ id: 'a', name: 'the a', spec, kernel: 'k1', state: 'running', reason: null, epoch: 1 });
    expect(store.run('a').engines).toEqual(['native', 'wasm']);
    expect(store.run('b')).toMatchObject({ state: 'queued', epoch: 0, engines: [] });
    expect(store.findRun('c')).toBeUndefined();
    expect(store.series.metrics('a')).toEqual([
      { generation: 0, metrics: metrics(0), timing },
      { generation: 1, metrics: metrics(0.5), timing },
    ]);
    expect(store.series.metrics('a', 1)).toHaveLength(1);
    expect(store.series.metrics('b')).toEqual([]);
    expect(store.series.losses('a', 1)).toEqual(Float32Array.of(1, 0.25, Number.NaN, 3));
    expect(store.series.totals('a')).toEqual({ generations: 2, wallMs: 20, busyMs: 30, slotMs: 40 });
    expect(store.series.totals('b')).toEqual({ generations: 0, wallMs: 0, busyMs: 0, slotMs: 0 });
    expect(store.evaluation('a', { kind: 'held-out', generation: 0, family: 0 })).toEqual({ accuracy: 0.5 });
    expect(store.evaluation('b', { kind: 'held-out', generation: 0, family: 0 })).toBeUndefined();
    expect(store.evaluations('a', 'report')).toEqual([{ generation: 2, family: 1, result: { x: [1] } }]);
    const generations = (since: number, most?: number): number[] =>
      store
        .evaluations<number>('a', 'baselines', since, most)
        .map(({ generation, result }) => (generation === result ? result : Number.NaN));
    expect(generations(0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(generations(7)).toEqual([7, 8, 9]);
    expect(generations(0, 4)).toEqual([0, 3, 6, 9]);
    expect(generations(1, 4)).toEqual([3, 6, 9]);
    expect(generations(0, 9)).toEqual([1, 3, 5, 7, 9]);
    expect(generations(0, 10)).toHaveLength(10);
    expect(generations(0, 1)).toEqual([9]);
    expect(generations(20, 1)).toEqual([]);
    store.close();
  });

  it('keeps the newest checkpoint and those that are asked to stay', () => {
    const store = RunStore.open(path);
    store.createRun(newRun('a'));
    const epoch = store.startRun('a');
    for (let g = 0; g < 7; g++) store.commitGeneration('a', epoch, commit(g, g % 3 === 0));
    expect(store.checkpoints('a')).toEqual([3, 6, 7]);
    expect(store.checkpoint('a')).toEqual({ generation: 7, thetaSha256: 'sha-7', state: Buffer.from([7, 255, 0]) });
    expect(store.checkpoint('a', 3)?.thetaSha256).toBe('sha-3');
    expect(store.checkpoint('a', 4)).toBeUndefined();
    store.close();
  });

  it('replaces a generation that is committed again', () => {
    const store = RunStore.open(path);
    store.createRun(newRun('a'));
    const epoch = store.startRun('a');
    store.commitGeneration('a', epoch, commit(0));
    store.commitGeneration('a', epoch, { ...commit(0), metrics: metrics(7) });
    expect(store.series.metrics('a')).toEqual([{ generation: 0, metrics: metrics(7), timing }]);
    store.close();
  });

  it('tells a run’s story, and refuses who no longer holds it', () => {
    const store = RunStore.open(path);
    store.createRun(newRun('a'));
    const first = store.startRun('a');
    const second = store.startRun('a');
    expect([first, second]).toEqual([1, 2]);
    const superseded = { code: 'superseded', message: 'another process has taken over run a in ./run.db' };
    expect(thrown(() => store.commitGeneration('a', first, commit(0)))).toEqual(superseded);
    expect(thrown(() => store.endRun('a', first, 'succeeded'))).toEqual(superseded);
    expect(store.series.metrics('a')).toEqual([]);
    store.endRun('a', second, 'failed', 'because');
    expect(store.run('a')).toMatchObject({ state: 'failed', reason: 'because' });
    const events = store.events('a');
    expect(events.map((e) => [e.type, e.detail])).toEqual([
      ['queued', null],
      ['running', 'start 1'],
      ['running', 'start 2'],
      ['failed', 'because'],
    ]);
    expect(store.events('a', events[2]!.id)).toEqual(events.slice(3));
    store.close();
  });

  it('refuses ids that are taken or unknown', () => {
    const store = RunStore.open(path);
    store.createRun(newRun('a'));
    expect(thrown(() => store.createRun(newRun('a')))).toEqual({ code: 'exists', message: 'run a exists already in ./run.db' });
    expect(thrown(() => store.run('x'))).toEqual({ code: 'not-found', message: 'no run x in ./run.db' });
    expect(thrown(() => store.series.losses('a', 5))).toEqual({ code: 'not-found', message: 'run a has no generation 5 in ./run.db' });
    store.close();
  });
});

describe('a file that is no good', { timeout: 60_000 }, () => {
  it('is refused when it is something else', () => {
    writeFileSync(path, 'hello, I am a text file, long enough to look like more than nothing at all'.repeat(20));
    expect(thrown(() => RunStore.open(path))).toEqual({ code: 'not-a-store', message: 'run store ./run.db is not a run store' });
    expect(readFileSync(path, 'utf8')).toMatch(/^hello/);
  });

  it('is refused when it is another program’s database', () => {
    const db = new Database(path);
    db.exec('CREATE TABLE recipes (name TEXT)');
    db.close();
    const { code, message } = thrown(() => RunStore.open(path));
    expect([code, message]).toEqual(['not-a-store', 'run store ./run.db is not a run store, but another SQLite database']);
  });

  it('is refused when a newer version made it, and stays as it is', () => {
    filled();
    const db = new Database(path);
    db.pragma('user_version = 99');
    db.close();
    expect(thrown(() => RunStore.open(path))).toEqual({
      code: 'newer',
      message: 'run store ./run.db was made by a newer metaplast: its schema has version 99, this program knows up to 6',
    });
    const after = new Database(path);
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  it('is refused when it is truncated, wherever', () => {
    filled(40);
    const whole = readFileSync(path);
    for (const share of [0.1, 0.35, 0.6, 0.9, 0.99]) {
      const cut = join(folder, `cut-${share}.db`);
      writeFileSync(cut, whole);
      truncateSync(cut, Math.floor(whole.length * share));
      const { code, message } = thrown(() => RunStore.open(cut));
      expect(code).toBe('corrupt');
      expect(message).toContain('corrupt');
    }
  });

  it('is refused when pages are overwritten', () => {
    filled(40);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096, bytes.length - 4096);
    writeFileSync(path, bytes);
    expect(thrown(() => RunStore.open(path)).code).toBe('corrupt');
  });

  it('is refused when its JSON is damaged', () => {
    filled();
    const db = new Database(path);
    db.exec(`UPDATE generations SET metrics = '{' WHERE generation = 1; UPDATE runs SET spec = '{"seed": -1}'`);
    db.close();
    const store = RunStore.open(path);
    expect(thrown(() => store.series.metrics('a'))).toEqual({
      code: 'corrupt',
      message: 'run store ./run.db is corrupt: a has no valid JSON',
    });
    expect(thrown(() => store.run('a'))).toEqual({ code: 'corrupt', message: 'run store ./run.db is corrupt: a has no valid spec' });
    store.close();
  });

  it('gives values or a StoreError, whatever bytes are damaged', () => {
    filled(5);
    const whole = readFileSync(path);
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 64 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, (pieces) => {
        const bytes = Buffer.from(whole);
        for (const [at, piece] of pieces) bytes.set(piece.slice(0, bytes.length - at), at);
        rmSync(path, { force: true });
        writeFileSync(path, bytes);
        let store: RunStore | undefined;
        try {
          store = RunStore.open(path);
          store.jobs.list({ limit: 9 });
          for (const { id } of store.catalogue.list({ limit: 9 })) {
            store.findRun(id);
            store.series.metrics(id);
            for (const generation of store.checkpoints(id)) store.checkpoint(id, generation);
            for (const generation of [0, 4]) store.series.losses(id, generation);
            store.series.totals(id);
            store.events(id);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
        } finally {
          store?.close();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is refused when its folder does not exist, or it is a folder', () => {
    expect(thrown(() => RunStore.open(join(folder, 'no', 'run.db')))).toEqual({
      code: 'unwritable',
      message: 'run store ./no/run.db cannot be opened: no such folder',
    });
    expect(thrown(() => RunStore.open(folder)).code).toBe('unwritable');
  });

  it('is refused when it may not be written', () => {
    chmodSync(folder, 0o500);
    // Root may write anything but this.
    const readOnly = process.getuid?.() === 0 ? '/proc' : folder;
    expect(thrown(() => RunStore.open(join(readOnly, 'run.db'))).code).toBe('unwritable');
    chmodSync(folder, 0o700);
  });

  it('says that another process writes', () => {
    filled();
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const store = RunStore.open(path, { timeoutMs: 50 });
    expect(thrown(() => store.startRun('a'))).toEqual({ code: 'locked', message: 'run store ./run.db is locked by another process' });
    other.exec('ROLLBACK');
    expect(store.startRun('a')).toBe(2);
    store.close();
    other.close();
  });

  it('says that the disk is full, and holds what it held', () => {
    filled();
    const db = new Database(path);
    const pages = db.pragma('page_count', { simple: true }) as number;
    // SQLite's own limit on the number of pages gives the same error as a full disk.
    db.pragma(`max_page_count = ${pages}`);
    let full: unknown;
    try {
      db.prepare(`UPDATE runs SET reason = ? WHERE id = 'a'`).run('x'.repeat(1 << 20));
    } catch (error) {
      full = storeError(path, error);
    }
    db.close();
    expect(full).toMatchObject({ code: 'full', message: `run store ${path} cannot be written: the disk is full` });
    const store = RunStore.open(path);
    expect(store.run('a').reason).toBeNull();
    expect(store.checkpoint('a')?.generation).toBe(3);
    store.close();
  });
});
