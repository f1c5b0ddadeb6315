// Runs of the store as resources of the API.

import type { Run, RunSummary } from '@metaplast/protocol';
import { EVALUATION, type HeldOut, type RunRecord, type RunSummaryRow } from '@metaplast/training';
import type { Context } from './types.js';

const iso = (ms: number): string => new Date(ms).toISOString();

export function presentSummary({ createdAt, updatedAt, ...row }: RunSummaryRow): RunSummary {
  return { ...row, tags: [...row.tags], createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

/** Throws StoreError 'not-found'. */
export function presentRun({ store, scheduler }: Context, id: string): Run {
  const run: RunRecord = store.run(id);
  const { createdAt, updatedAt, tags, ...rest } = run;
  const checkpoint = store.checkpoint(id);
  const heldOut = store.evaluations<HeldOut>(id, EVALUATION.heldOut).at(-1)?.result;
  const progress = scheduler.progress(id);
  return {
    ...rest,
    tags: [...tags],
    generation: checkpoint?.generation ?? 0,
    generations: run.spec.outer.generations,
    thetaSha256: checkpoint?.thetaSha256 ?? null,
    heldOut: heldOut ? { generation: heldOut.generation, accuracy: heldOut.accuracy, se: heldOut.se } : null,
    rate: progress
      ? { trainingsPerSecond: progress.trainingsPerSecond, utilisation: progress.utilisation, etaSeconds: progress.etaSeconds }
      : null,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}
