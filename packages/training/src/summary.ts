// A run in numbers, over all its starts, and its report.

import type { Dispatcher } from '@metaplast/dispatch';
import { isBitIdentical } from '@metaplast/protocol';
import { evaluateReport, type ReportTask } from './evaluation/report.js';
import { checkKernel, loadState } from './resume.js';
import { StoreError } from './store/errors.js';
import type { RunStore } from './store/store.js';
import { thetaSha256 } from './theta.js';

/** A run's meta-training. Evaluation takes part of `seconds`, but is not counted in `innerTrainings`. */
export interface RunSummary {
  seed: number;
  /** kernelIdentity(): of the arithmetic, or with another engine of tasks, initial weights and perturbations. */
  kernel: string;
  /** Whether spec and kernel fix every bit of θ. */
  bitIdentical: boolean;
  /** What computed the generations, by name. */
  engines: readonly string[];
  generations: number;
  innerTrainings: number;
  seconds: number;
  trainingsPerSecond: number;
  /** Busy time of the engines over wall time × their number. */
  utilisation: number;
  thetaSha256: string;
}

export interface Report extends RunSummary {
  tasks: ReportTask[];
}

export interface ReportRunOptions {
  store: RunStore;
  runId: string;
  dispatcher: Dispatcher;
  signal?: AbortSignal;
  /** Called for each family as it is done. */
  onTask?: (task: ReportTask, family: number) => void;
}

/** What the store says of a run; StoreError 'not-found' if it has not begun. */
export function summarise(store: RunStore, runId: string): RunSummary {
  const { spec, kernel, engines } = store.run(runId);
  const checkpoint = store.checkpoint(runId);
  if (checkpoint === undefined) throw new StoreError('not-found', `run ${runId} has not begun: there is no θ in ${store.path}`);
  const { generations, wallMs, busyMs, slotMs } = store.series.totals(runId);
  const innerTrainings = 2 * spec.outer.pairs * spec.outer.tasksPerPair * generations;
  const seconds = wallMs / 1000;
  return {
    seed: spec.seed,
    kernel,
    bitIdentical: isBitIdentical(spec),
    engines,
    generations,
    innerTrainings,
    seconds,
    trainingsPerSecond: seconds > 0 ? innerTrainings / seconds : 0,
    utilisation: slotMs > 0 ? busyMs / slotMs : 0,
    thetaSha256: checkpoint.thetaSha256,
  };
}

/** Evaluates a run's newest θ on all families of its spec; rows that the store has are not computed again. */
export async function reportRun({ store, runId, dispatcher, signal, onTask }: ReportRunOptions): Promise<Report> {
  const summary = summarise(store, runId);
  const { spec, kernel } = store.run(runId);
  checkKernel(`run ${runId}`, kernel);
  const { theta, generation } = loadState(store, runId, spec)!;
  const tasks = await evaluateReport({ spec, dispatcher, signal, theta, memory: { store, runId, generation }, onTask });
  return { ...summary, thetaSha256: thetaSha256(theta), tasks };
}
