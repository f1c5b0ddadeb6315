// The baselines: their learning rates chosen on validation tasks, and how they do on the held-out tasks.

import { DOMAIN } from '@metaplast/kernel';
import { LEARNING_RATES } from '@metaplast/plasticity';
import type { BaselineLearner } from '@metaplast/protocol';
import { EVALUATION, type Memory, remember } from './memory.js';
import { type EvaluationContext, runTrials, type Score, score } from './trials.js';

export type BaselineKind = BaselineLearner['kind'];

/** A value for each baseline. */
export type PerBaseline<T> = Record<BaselineKind, T>;

/** A learning rate and the validation accuracy that it was chosen for. */
export interface TunedBaseline {
  learningRate: number;
  accuracy: number;
}

/** Calls `make` for both baselines at once. */
export async function perBaseline<T>(make: (kind: BaselineKind) => Promise<T>): Promise<PerBaseline<T>> {
  const [sgd, adam] = await Promise.all([make('sgd'), make('adam')]);
  return { sgd, adam };
}

/** Chooses the learning rates for a family: the highest mean accuracy on `validationTrials` tasks, of equal ones the lowest. */
export function tuneBaselines(context: EvaluationContext, family: number, memory?: Memory): Promise<PerBaseline<TunedBaseline>> {
  const site = { domain: DOMAIN.validation, family, trials: context.spec.evaluation.validationTrials };
  return remember(memory, { kind: EVALUATION.baselines, generation: 0, family }, () =>
    perBaseline(async (kind) => {
      const learningRates = [...LEARNING_RATES[kind]];
      const scores = (await runTrials(context, site, { kind, learningRates })).map(score);
      const accuracy = Math.max(...scores.map((s) => s.accuracy));
      return { learningRate: learningRates[scores.findIndex((s) => s.accuracy === accuracy)]!, accuracy };
    }),
  );
}

/** The tuned baselines on the very tasks that θ is held against during training (first family). */
export function heldOutBaselines(context: EvaluationContext, memory?: Memory): Promise<PerBaseline<Score & { learningRate: number }>> {
  return remember(memory, { kind: EVALUATION.heldOutBaselines, generation: 0, family: 0 }, async () => {
    const tuned = await tuneBaselines(context, 0, memory);
    const site = { domain: DOMAIN.heldOut, family: 0, trials: context.spec.evaluation.trials };
    return perBaseline(async (kind) => {
      const { learningRate } = tuned[kind];
      const [trials] = await runTrials(context, site, { kind, learningRates: [learningRate] });
      return { ...score(trials!), learningRate };
    });
  });
}
