// Accuracy and training loss along the inner training, rule and backprop on the same tasks: the left of the paper's figure 2.

import { DOMAIN } from '@metaplast/kernel';
import type { RunSpec } from '@metaplast/protocol';
import { type EvaluationContext, meanAndError, runTrials, type Trials } from '../evaluation/trials.js';

/** Means over trials and their standard errors, an entry a time. */
export interface InnerCurve {
  accuracy: number[];
  accuracySe: number[];
  /** Cross-entropy on the labelled points, nats. */
  trainLoss: number[];
  trainLossSe: number[];
}

export interface InnerCurves {
  family: string;
  trials: number;
  /** Inner steps that were made. */
  steps: number[];
  /** Labelled examples seen until then: every step sees all of a task's again. */
  labelledSeen: number[];
  rule: InnerCurve;
  backprop: InnerCurve;
}

/** `learningRate`: backprop's, gradient descent. Trials are the first of the report's tasks. */
export async function innerCurves(
  context: EvaluationContext,
  family: number,
  { theta, learningRate, trials }: { theta: Float32Array; learningRate: number; trials: number },
): Promise<InnerCurves> {
  const { spec } = context;
  const steps = Array.from({ length: spec.inner.steps + 1 }, (_, t) => t);
  const site = { domain: DOMAIN.report, family, trials };
  const [rule, backprop] = await Promise.all([
    runTrials(context, site, { kind: 'rule', theta }, steps),
    runTrials(context, site, { kind: 'sgd', settings: [[learningRate]] }, steps),
  ]);
  return {
    family: spec.evaluation.families[family]!.family,
    trials,
    steps,
    labelledSeen: steps.map((t) => t * labelledCount(spec)),
    rule: curve(rule),
    backprop: curve(backprop),
  };
}

/** Labelled points of a task; the mean where it is drawn. */
function labelledCount({ inner: { labelled } }: RunSpec): number {
  const values = typeof labelled === 'number' ? [labelled] : labelled.choice;
  return values.reduce((a, b) => a + b) / values.length;
}

function curve(times: readonly Trials[]): InnerCurve {
  const accuracy = times.map((trials) => meanAndError(trials.accuracy));
  const trainLoss = times.map((trials) => meanAndError(trials.trainCrossEntropy));
  return {
    accuracy: accuracy.map(({ mean }) => mean),
    accuracySe: accuracy.map(({ se }) => se),
    trainLoss: trainLoss.map(({ mean }) => mean),
    trainLossSe: trainLoss.map(({ se }) => se),
  };
}
