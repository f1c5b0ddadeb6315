// The report: θ against the tuned baselines on fresh tasks of every family, paired. Nothing is chosen on these tasks.

import { DOMAIN } from '@metaplast/kernel';
import type { TunedOn } from '@metaplast/protocol';
import { EVALUATION } from '../store/records.js';
import { type PerBaseline, perBaseline, type TunedBaseline, tuneBaselines } from './baselines.js';
import { type Memory, remember } from './memory.js';
import { type Difference, type EvaluationContext, pairedDifference, runTrials, type Score, score } from './trials.js';

/** A family's row. */
export interface ReportTask {
  family: string;
  trials: number;
  rule: Score;
  baselines: PerBaseline<Score & { learningRate: number }>;
  /** The rule's accuracy minus the baseline's on the same tasks. */
  paired: PerBaseline<Difference>;
}

export interface ReportOptions extends EvaluationContext {
  theta: Float32Array;
  /** Whose validation tasks the baselines' learning rates are chosen on; default each. Rows of first are not remembered. */
  tunedOn?: TunedOn | undefined;
  /** Remembers rows as those of θ after `generation` updates of the run. */
  memory?: (Memory & { generation: number }) | undefined;
  /** Called for each family as it is done. */
  onTask?: ((task: ReportTask, family: number) => void) | undefined;
}

/** Rows in the order of the spec's families. All families are given to the dispatcher at once. */
export function evaluateReport(options: ReportOptions): Promise<ReportTask[]> {
  const { spec, memory, tunedOn = 'each', onTask } = options;
  const first = tunedOn === 'first' ? tuneBaselines(options, 0, memory) : undefined;
  return Promise.all(
    spec.evaluation.families.map(async (_, family) => {
      const key = { kind: EVALUATION.report, generation: memory?.generation ?? 0, family };
      const task = await remember(first ? undefined : memory, key, () => evaluateFamily(options, family, first));
      onTask?.(task, family);
      return task;
    }),
  );
}

/** With the learning rates of `tuned`, or else those of the family. */
async function evaluateFamily(options: ReportOptions, family: number, tuned?: Promise<PerBaseline<TunedBaseline>>): Promise<ReportTask> {
  const { spec, theta, memory } = options;
  const trials = spec.evaluation.reportTrials;
  const site = { domain: DOMAIN.report, family, trials };
  const baselines = async () => {
    const rates = await (tuned ?? tuneBaselines(options, family, memory));
    return perBaseline(async (kind) => {
      const { learningRate } = rates[kind];
      return { learningRate, trials: (await runTrials(options, site, { kind, settings: [[learningRate]] }))[0]! };
    });
  };
  const [ruleTrials, sets] = await Promise.all([runTrials(options, site, { kind: 'rule', theta }), baselines()]);
  const rule = ruleTrials[0]!;
  const scored = (kind: keyof typeof sets) => ({ ...score(sets[kind].trials), learningRate: sets[kind].learningRate });
  return {
    family: spec.evaluation.families[family]!.family,
    trials,
    rule: score(rule),
    baselines: { sgd: scored('sgd'), adam: scored('adam') },
    paired: { sgd: pairedDifference(rule, sets.sgd.trials), adam: pairedDifference(rule, sets.adam.trials) },
  };
}
