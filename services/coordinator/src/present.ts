// What the store holds as resources of the API.

import {
  type BaselineScore,
  type Evaluation,
  type EvaluationSummary,
  type HeldOutScore,
  isBitIdentical,
  type MetricsPoint,
  type Run,
  type RunSpec,
  type RunSummary,
} from '@metaplast/protocol';
import type { EvaluationJob, GenerationRow, HeldOut, PerBaseline, RunSummaryRow, Score } from '@metaplast/training';
import type { Context } from './types.js';

const iso = (ms: number): string => new Date(ms).toISOString();

export function presentSummary({ scheduler }: Context, row: RunSummaryRow): RunSummary {
  const { createdAt, updatedAt, tags, heldOut, baselines, revision: _, changed: __, ...rest } = row;
  const progress = scheduler.progress(row.id);
  const best = baselines && presentBaselines(baselines).reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return {
    ...rest,
    tags: [...tags],
    engines: [...row.engines],
    bitIdentical: isBitIdentical(row),
    heldOut: heldOut && presentHeldOut(heldOut),
    baseline: best && { kind: best.kind, accuracy: best.accuracy, se: best.se },
    rate: progress
      ? { trainingsPerSecond: progress.trainingsPerSecond, utilisation: progress.utilisation, etaSeconds: progress.etaSeconds }
      : null,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

/** Throws StoreError 'not-found'. */
export function presentRun(context: Context, id: string): Run {
  const { store } = context;
  const summary = presentSummary(context, store.catalogue.run(id));
  const { spec, kernel } = store.run(id);
  return { ...summary, spec, kernel, thetaSha256: store.checkpoint(id)?.thetaSha256 ?? null };
}

export const presentHeldOut = ({ generation, accuracy, se }: HeldOut): HeldOutScore => ({ generation, accuracy, se });

export const presentBaselines = (baselines: PerBaseline<Score & { learningRate: number }>): BaselineScore[] =>
  Object.entries(baselines).map(([kind, { learningRate, ...score }]) => ({ kind, ...score, settings: { learningRate } }));

export function presentPoint({ outer }: RunSpec, { metrics, timing }: GenerationRow): MetricsPoint {
  const { wallMs, busyMs, slots } = timing;
  const trainings = 2 * outer.pairs * outer.tasksPerPair;
  return {
    ...metrics,
    meanLossSe: metrics.lossDeviation / Math.sqrt(outer.pairs),
    trainingsPerSecond: wallMs > 0 ? (1000 * trainings) / wallMs : 0,
    utilisation: wallMs > 0 ? busyMs / (wallMs * slots) : 0,
  };
}

export function presentEvaluationSummary({
  spec,
  createdAt,
  updatedAt,
  kernel: _,
  changed: __,
  ...rest
}: EvaluationJob): EvaluationSummary {
  const { reportTrials: trials, families } = spec.evaluation;
  return { ...rest, trials, families, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

/** Throws StoreError 'not-found'. */
export function presentEvaluation({ store }: Context, id: string): Evaluation {
  const job = store.jobs.job(id);
  const { reportTrials: trials, families } = job.spec.evaluation;
  const results = store.jobs.rows(id).map((row, family) => row && { task: families[family]!, trials, ...row });
  return { ...presentEvaluationSummary(job), spec: job.spec, kernel: job.kernel, results };
}
