// What evaluations cost, in multiply-adds; a baseline's training counts as one of the rule.

import { BASELINES } from '@metaplast/plasticity';
import { type BaselineKind, type RunSpec, trainingCost } from '@metaplast/protocol';
import { SUPERVISED } from './baselines.js';
import { familySpec } from './trials.js';

/** Of θ and baselines on fresh tasks of all families: see compareOnFamily(). */
export function comparisonCost(spec: RunSpec, kinds: readonly BaselineKind[]): number {
  const { families, reportTrials } = spec.evaluation;
  const trainings = reportTrials + tuningTrainings(spec, kinds) + kinds.length * reportTrials;
  return families.reduce((sum, _, family) => sum + trainings * trainingCost(familySpec(spec, family)), 0);
}

/** Of the held-out evaluations along a run and the baselines beside them: see heldOutBaselines(). */
export function heldOutCost(spec: RunSpec): number {
  const { every, trials } = spec.evaluation;
  const evaluations = Math.ceil(spec.outer.generations / every) + 1;
  return (evaluations * trials + tuningTrainings(spec, SUPERVISED) + SUPERVISED.length * trials) * trainingCost(familySpec(spec, 0));
}

const tuningTrainings = ({ evaluation }: RunSpec, kinds: readonly BaselineKind[]): number =>
  kinds.reduce((sum, kind) => sum + BASELINES[kind].grid.length * evaluation.validationTrials, 0);
