// What evaluations cost, in multiply-adds; a baseline's training counts as one of the rule.

import { BASELINES, MAX_GRAPH } from '@metaplast/plasticity';
import { type BaselineKind, type FieldError, type RunSpec, trainingCost } from '@metaplast/protocol';
import { SUPERVISED } from './baselines.js';
import { familySpec } from './trials.js';

/** Of θ and baselines on fresh tasks of all families: see compareOnFamily(). */
export function comparisonCost(spec: RunSpec, kinds: readonly BaselineKind[]): number {
  const { families, reportTrials } = spec.evaluation;
  const trainings = reportTrials + tuningTrainings(spec, kinds) + kinds.length * reportTrials;
  return families.reduce((sum, _, family) => sum + trainings * trainingCost(familySpec(spec, family)), 0);
}

/** What is wrong with baselines for a spec: label spreading holds a graph of all points that are seen. */
export function baselineErrors({ inner: { labelled, unlabelled, steps } }: RunSpec, kinds: readonly BaselineKind[]): FieldError[] {
  const points = (typeof labelled === 'number' ? labelled : Math.max(...labelled.choice)) + steps * unlabelled;
  if (points <= MAX_GRAPH || !kinds.includes('label-spreading')) return [];
  const seen = `${points} points (labelled + steps × unlabelled)`;
  return [{ pointer: '/baselines', detail: `label-spreading would make a graph of ${seen}; at most ${MAX_GRAPH} are possible` }];
}

/** Of the held-out evaluations along a run and the baselines beside them: see heldOutBaselines(). */
export function heldOutCost(spec: RunSpec): number {
  const { every, trials } = spec.evaluation;
  const evaluations = Math.ceil(spec.outer.generations / every) + 1;
  return (evaluations * trials + tuningTrainings(spec, SUPERVISED) + SUPERVISED.length * trials) * trainingCost(familySpec(spec, 0));
}

const tuningTrainings = ({ evaluation }: RunSpec, kinds: readonly BaselineKind[]): number =>
  kinds.reduce((sum, kind) => sum + BASELINES[kind].grid.length * evaluation.validationTrials, 0);
