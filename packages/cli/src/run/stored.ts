// What a run's store holds for reports and figures, checked: the store keeps it as JSON, so a byte that changed in it would
// otherwise show up as a number that is missing.

import type { GenerationMetrics } from '@metaplast/evolution';
import { EVALUATION, type HeldOut, type PerBaseline, type ReportTask, type RunStore, type Score } from '@metaplast/training';
import { InputError } from '../errors.js';
import { RUN_ID } from './folder.js';

export type HeldOutBaselines = PerBaseline<Score & { learningRate: number }>;

/** The functions below throw InputError for a store that is corrupt. */
export function storedMetrics(store: RunStore): GenerationMetrics[] {
  const read = (): GenerationMetrics[] => store.series.metrics(RUN_ID).map(({ metrics }) => metrics);
  return checked(store, read, (metrics) => metrics.every((m) => numbers(m, ['generation', 'meanLoss'])));
}

export function storedHeldOut(store: RunStore): HeldOut[] {
  const read = (): HeldOut[] => store.evaluations<HeldOut>(RUN_ID, EVALUATION.heldOut).map(({ result }) => result);
  return checked(store, read, (heldOut) => heldOut.every((h) => isScore(h) && numbers(h, ['generation'])));
}

/** Undefined as long as the baselines were not tuned. */
export function storedBaselines(store: RunStore): HeldOutBaselines | undefined {
  const key = { kind: EVALUATION.heldOutBaselines, generation: 0, family: 0 };
  const read = (): HeldOutBaselines | undefined => store.evaluation<HeldOutBaselines>(RUN_ID, key);
  return checked(store, read, (baselines) => baselines === undefined || arePerBaseline(baselines, isTuned));
}

/** The report's rows of a run that is finished. */
export function storedReport(store: RunStore): ReportTask[] {
  const { generations } = store.run(RUN_ID).spec.outer;
  const read = (): ReportTask[] => {
    const rows = store.evaluations<ReportTask>(RUN_ID, EVALUATION.report);
    return rows.filter((row) => row.generation === generations).map((row) => row.result);
  };
  return checked(store, read, (rows) => rows.every(isReportTask));
}

function checked<T>(store: RunStore, read: () => T, isSound: (value: T) => boolean): T {
  try {
    const value = read();
    if (isSound(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InputError(`run store ${store.path} is corrupt: a stored result cannot be read`);
}

const numbers = (value: unknown, fields: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && fields.every((field) => Number.isFinite((value as Record<string, unknown>)[field]));

const isScore = (value: unknown): boolean => numbers(value, ['accuracy', 'se', 'crossEntropy', 'trainCrossEntropy']);
const isTuned = (value: unknown): boolean => isScore(value) && numbers(value, ['learningRate']);
const arePerBaseline = (value: Partial<PerBaseline<unknown>> | undefined, check: (one: unknown) => boolean): boolean =>
  check(value?.sgd) && check(value?.adam);

function isReportTask(task: ReportTask | null): boolean {
  const isDifference = (value: unknown): boolean => numbers(value, ['difference', 'se']);
  return (
    numbers(task, ['trials']) &&
    isScore(task?.rule) &&
    arePerBaseline(task?.baselines, isTuned) &&
    arePerBaseline(task?.paired, isDifference)
  );
}
