// The baselines: their learning rates chosen on validation tasks, and how they do on the held-out tasks.

import { DOMAIN } from '@metaplast/kernel';
import { BASELINES } from '@metaplast/plasticity';
import type { BaselineKind, TunedOn } from '@metaplast/protocol';
import { EVALUATION } from '../store/records.js';
import { type Memory, remember } from './memory.js';
import { type EvaluationContext, runTrials, type Score, type Site, score, type Trials } from './trials.js';

/** The baselines of every report; the others are controls. */
export const SUPERVISED = ['sgd', 'adam'] as const;
export type SupervisedKind = (typeof SUPERVISED)[number];

/** A value for each of them. */
export type PerBaseline<T> = Record<SupervisedKind, T>;

/** Values of a baseline's hyperparameters and the validation accuracy that they were chosen for. */
export interface Tuned {
  setting: number[];
  accuracy: number;
}

/** A learning rate and the validation accuracy that it was chosen for. */
export interface TunedBaseline {
  learningRate: number;
  accuracy: number;
}

/** Calls `make` for both baselines at once. */
export async function perBaseline<T>(make: (kind: SupervisedKind) => Promise<T>): Promise<PerBaseline<T>> {
  const [sgd, adam] = await Promise.all([make('sgd'), make('adam')]);
  return { sgd, adam };
}

/** Chooses a setting for a family: the highest mean accuracy on `validationTrials` tasks, of equal ones the first. */
export async function tune(context: EvaluationContext, family: number, kind: BaselineKind): Promise<Tuned> {
  const site = { domain: DOMAIN.validation, family, trials: context.spec.evaluation.validationTrials };
  const settings = BASELINES[kind].grid.map((setting) => [...setting]);
  const scores = (await runTrials(context, site, { kind, settings })).map(score);
  const accuracy = Math.max(...scores.map((s) => s.accuracy));
  return { setting: settings[scores.findIndex((s) => s.accuracy === accuracy)]!, accuracy };
}

/** Chooses the setting of a baseline that is to be measured on a family. */
export type Tuning = (family: number, kind: BaselineKind) => Promise<Tuned>;

/** On the family itself, or on the first for all, where each kind is tuned once. */
export function tuning(context: EvaluationContext, tunedOn: TunedOn): Tuning {
  if (tunedOn === 'each') return (family, kind) => tune(context, family, kind);
  const chosen = new Map<BaselineKind, Promise<Tuned>>();
  return (_, kind) => {
    const known = chosen.get(kind) ?? tune(context, 0, kind);
    chosen.set(kind, known);
    return known;
  };
}

/** A baseline on the tasks of the site, with the setting that is chosen for the site's family. */
export async function tunedTrials(
  context: EvaluationContext,
  site: Site,
  kind: BaselineKind,
  choose: Tuning = tuning(context, 'each'),
): Promise<Tuned & { trials: Trials }> {
  const tuned = await choose(site.family, kind);
  const [trials] = await runTrials(context, site, { kind, settings: [tuned.setting] });
  return { ...tuned, trials: trials! };
}

/** Chooses the learning rates for a family. */
export function tuneBaselines(context: EvaluationContext, family: number, memory?: Memory): Promise<PerBaseline<TunedBaseline>> {
  return remember(memory, { kind: EVALUATION.baselines, generation: 0, family }, () =>
    perBaseline(async (kind) => {
      const { setting, accuracy } = await tune(context, family, kind);
      return { learningRate: setting[0]!, accuracy };
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
      const [trials] = await runTrials(context, site, { kind, settings: [[learningRate]] });
      return { ...score(trials!), learningRate };
    });
  });
}
