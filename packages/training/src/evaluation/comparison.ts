// θ against any baselines on fresh tasks of a family, paired: a row of an evaluation.

import { DOMAIN } from '@metaplast/kernel';
import { BASELINES } from '@metaplast/plasticity';
import type { BaselineKind } from '@metaplast/protocol';
import { type Tuning, tunedTrials } from './baselines.js';
import { type Difference, type EvaluationContext, pairedDifference, runTrials, type Score, score } from './trials.js';

/** A baseline, its hyperparameters chosen on validation tasks (see TUNED_ON). */
export interface ComparedBaseline extends Score {
  kind: BaselineKind;
  /** By the names of the registry. */
  settings: Record<string, number>;
  /** The rule's accuracy minus the baseline's on the same tasks. */
  paired: Difference;
}

export interface ComparisonRow {
  rule: Score;
  baselines: ComparedBaseline[];
}

/** On `evaluation.reportTrials` tasks of a family of the spec, the same ones as a report's. */
export async function compareOnFamily(
  context: EvaluationContext,
  family: number,
  theta: Float32Array,
  kinds: readonly BaselineKind[],
  choose: Tuning,
): Promise<ComparisonRow> {
  const site = { domain: DOMAIN.report, family, trials: context.spec.evaluation.reportTrials };
  const [[rule], baselines] = await Promise.all([
    runTrials(context, site, { kind: 'rule', theta }),
    Promise.all(kinds.map(async (kind) => ({ kind, ...(await tunedTrials(context, site, kind, choose)) }))),
  ]);
  return {
    rule: score(rule!),
    baselines: baselines.map(({ kind, setting, trials }) => ({
      kind,
      ...score(trials),
      settings: Object.fromEntries(BASELINES[kind].hyperparameters.map((name, i) => [name, setting[i]!])),
      paired: pairedDifference(rule!, trials),
    })),
  };
}
