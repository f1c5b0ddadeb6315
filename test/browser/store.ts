// A run store that is full, made without computing anything: many runs, and one of many generations.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_IDENTITY } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { RunStore } from '@metaplast/training';
import Database from 'better-sqlite3';

export const LONG_RUN = 'f'.repeat(16);

/** Fills `data`/metaplast.sqlite with `runs` runs that have ended; LONG_RUN, the newest, has `generations`. */
export function fill(data: string, runs: number, generations: number): void {
  mkdirSync(data, { recursive: true });
  const path = join(data, 'metaplast.sqlite');
  const store = RunStore.open(path);
  const ends = ['succeeded', 'failed', 'cancelled', 'paused'] as const;
  for (let i = 1; i <= runs; i++) {
    const id = i === runs ? LONG_RUN : i.toString(16).padStart(16, '0');
    const spec = resolveSpec({ seed: i, outer: { generations: i === runs ? generations : 480 } });
    store.createRun({ id, name: `run ${i}`, spec, kernel: KERNEL_IDENTITY, tags: [`batch:${i % 7}`] });
    const epoch = store.startRun(id);
    store.putCheckpoint(id, epoch, { generation: i === runs ? generations : 480, thetaSha256: 'ab'.repeat(32), state: new Uint8Array(8) });
    store.putEvaluation(
      id,
      { kind: 'held-out', generation: 480, family: 0 },
      { generation: 480, accuracy: 0.8 + (i % 19) / 100, se: 0.01 },
    );
    store.endRun(id, epoch, i === runs ? 'succeeded' : ends[i % 4]!, null);
  }
  store.close();

  const db = new Database(path);
  const insert = db.prepare(
    "INSERT INTO generations (run, generation, metrics, wall_ms, busy_ms, slots, losses) VALUES (?, ?, ?, 250, 480, 2, x'00000000')",
  );
  db.transaction(() => {
    for (let generation = 0; generation < generations; generation++) insert.run(LONG_RUN, generation, JSON.stringify(metrics(generation)));
  })();
  db.close();
}

function metrics(generation: number): object {
  const wave = Math.sin(generation / 97);
  return {
    generation,
    sigma: 0.04,
    learningRate: 0.06,
    meanLoss: 0.4 + 0.1 * wave,
    bestLoss: 0.1,
    worstLoss: 1,
    lossDeviation: 0.1,
    nonFiniteLosses: 0,
    cappedLosses: 0,
    gradientNorm: 2 + wave,
    signalToNoise: 1.1,
    updateNorm: 0.3,
    thetaNorm: 12,
  };
}
