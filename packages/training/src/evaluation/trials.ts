// Trials: a learner on fresh tasks of one family, and what they come to.

import type { Dispatcher } from '@metaplast/dispatch';
import type { Domain } from '@metaplast/kernel';
import { finalSpec, type RunSpec, type TrialWork } from '@metaplast/protocol';

/** Who evaluates what for whom. */
export interface EvaluationContext {
  spec: RunSpec;
  dispatcher: Dispatcher;
  signal?: AbortSignal | undefined;
}

/** Where trials are: trial i of a family is the same task for every learner. */
export interface Site {
  /** Kernel DOMAIN: disjoint sets of draws. */
  domain: Domain;
  /** Index into the spec's evaluation.families; also the draws' generation, so that families share none. */
  family: number;
  trials: number;
}

/** A learner's results, a number a trial. */
export interface Trials {
  accuracy: Float32Array;
  /** On the test points, nats; what is not finite counts as the objective's cap. */
  crossEntropy: Float32Array;
  /** On the labelled points, nats; as above. */
  trainCrossEntropy: Float32Array;
}

/** Means over trials; `se` is the accuracy's standard error. */
export interface Score {
  accuracy: number;
  se: number;
  crossEntropy: number;
  trainCrossEntropy: number;
}

/** The run's spec, without its stages, with the family in place of the tasks. */
export function familySpec(spec: RunSpec, family: number): RunSpec {
  const task = spec.evaluation.families[family];
  if (task === undefined) throw new RangeError(`the spec has ${spec.evaluation.families.length} families, not a number ${family}`);
  return { ...finalSpec(spec), tasks: [task] };
}

/** Runs the trials of a learner: one set of results a setting (one for the rule), and of each a set a time of `measureAfter`. */
export async function runTrials(
  { spec, dispatcher, signal }: EvaluationContext,
  { domain, family, trials }: Site,
  learner: TrialWork['learner'],
  measureAfter?: number[],
): Promise<Trials[]> {
  const work: TrialWork = { kind: 'trials', spec: familySpec(spec, family), domain, generation: family, trials, learner };
  const { values } = await dispatcher.evaluate(measureAfter ? { ...work, measureAfter } : work, signal);
  const sets = (learner.kind === 'rule' ? 1 : learner.settings.length) * (measureAfter?.length ?? 1);
  const finite = (x: number): number => (Number.isFinite(x) ? x : spec.objective.cap);
  return Array.from({ length: sets }, (_, set) => {
    const column = (k: number): Float32Array => Float32Array.from({ length: trials }, (_, i) => values[(i * sets + set) * 3 + k]!);
    return { crossEntropy: column(0).map(finite), accuracy: column(1), trainCrossEntropy: column(2).map(finite) };
  });
}

export function score({ accuracy, crossEntropy, trainCrossEntropy }: Trials): Score {
  const { mean, se } = meanAndError(accuracy);
  const meanOf = (values: Float32Array): number => meanAndError(values).mean;
  return { accuracy: mean, se, crossEntropy: meanOf(crossEntropy), trainCrossEntropy: meanOf(trainCrossEntropy) };
}

/** Of two learners' mean accuracies on the same tasks, and its standard error. */
export interface Difference {
  difference: number;
  se: number;
}

/** a's mean accuracy minus b's. */
export function pairedDifference(a: Trials, b: Trials): Difference {
  const { mean, se } = meanAndError(Float64Array.from(a.accuracy, (x, i) => x - b.accuracy[i]!));
  return { difference: mean, se };
}

/** Of a list of numbers; the error of a single one is not a number. */
export function meanAndError(values: ArrayLike<number>): { mean: number; se: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  return { mean, se: Math.sqrt(squares / (n - 1) / n) };
}
