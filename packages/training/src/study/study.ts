// The study of a preset: rules of several meta-training seeds against every baseline on the same fresh tasks, with something
// taken away, and in networks of other shapes. All tuning is on validation tasks; nothing is chosen on what is reported.

import { DOMAIN } from '@metaplast/kernel';
import { BASELINE_KINDS, type BaselineKind, type RunSpec } from '@metaplast/protocol';
import { type SupervisedKind, tunedTrials } from '../evaluation/baselines.js';
import {
  type Difference,
  type EvaluationContext,
  pairedDifference,
  runTrials,
  type Score,
  score,
  type Trials,
} from '../evaluation/trials.js';
import { type InnerCurves, innerCurves } from './curves.js';
import { VARIANT_NAMES, type VariantName, variant } from './variants.js';

export interface BaselineResult extends Score {
  setting: number[];
  /** What the setting was chosen for. */
  validationAccuracy: number;
}

/** A seed's rule on a family. Differences are of accuracies, paired. */
export interface RuleResult extends Score {
  seed: number;
  /** The rule's minus that of the better of SGD and Adam, as chosen on the family's own validation tasks. */
  minusBackprop: Difference;
  /** The same with backprop tuned on the first family only, as the rule was. */
  minusTunedOnFirst: Difference;
}

export interface VariantResult extends Score {
  seed: number;
  /** The variant's minus the whole rule's. */
  minusRule: Difference;
}

export interface FamilyResult {
  family: string;
  /** Whether it is among what was meta-trained on. */
  met: boolean;
  trials: number;
  backprop: SupervisedKind;
  baselines: Record<BaselineKind, BaselineResult>;
  tunedOnFirst: BaselineResult & { kind: SupervisedKind };
  rules: RuleResult[];
  variants: Record<VariantName, VariantResult[]>;
}

/** The first family in base networks of another shape; `rules` against SGD tuned for that shape. */
export interface ShapeResult {
  hidden: number[];
  sgd: BaselineResult;
  rules: (Score & { seed: number; minusSgd: Difference })[];
}

export interface Study {
  families: FamilyResult[];
  shapes: ShapeResult[];
  curves: InnerCurves[];
}

export interface TrainedRule {
  seed: number;
  theta: Float32Array;
}

export interface StudyOptions extends EvaluationContext {
  rules: readonly TrainedRule[];
  /** Trials of the curves along the inner training. */
  curveTrials: number;
  onDone?: ((what: string) => void) | undefined;
}

/** Hidden widths that the rule is tried in without change. */
const SHAPES = [[16], [64], [128], [32, 32]] as const;

/** Tasks are drawn with the spec's seed for all rules, so that they and the baselines meet the same ones. */
export async function makeStudy(options: StudyOptions): Promise<Study> {
  const { spec, rules, curveTrials, onDone } = options;
  const families: FamilyResult[] = [];
  for (let family = 0; family < spec.evaluation.families.length; family++) {
    families.push(await studyFamily(options, family, families[0]));
    onDone?.(families[family]!.family);
  }
  const shapes: ShapeResult[] = [];
  for (const hidden of SHAPES) {
    shapes.push(await studyShape(options, [...hidden]));
    onDone?.(`hidden layers ${hidden.join(', ')}`);
  }
  const curves: InnerCurves[] = [];
  for (const family of curveFamilies(spec)) {
    const [learningRate] = families[family]!.baselines.sgd.setting;
    const settings = { theta: rules[0]!.theta, learningRate: learningRate!, trials: curveTrials };
    curves.push(await innerCurves(options, family, settings));
    onDone?.(`curves of ${families[family]!.family}`);
  }
  return { families, shapes, curves };
}

/** The first family, and the two-Gaussians that stand for the others: `generic` where it is there. */
export function curveFamilies({ evaluation: { families } }: RunSpec): number[] {
  const generic = families.findIndex((f) => f.family === 'two-gaussians:generic');
  const other = generic >= 0 ? generic : families.findIndex((f, i) => i > 0 && f.family.startsWith('two-gaussians'));
  return other > 0 ? [0, other] : [0];
}

async function studyFamily(options: StudyOptions, family: number, first: FamilyResult | undefined): Promise<FamilyResult> {
  const { spec, rules } = options;
  const { family: name } = spec.evaluation.families[family]!;
  const site = siteOf(spec, family);
  const entries = await Promise.all(BASELINE_KINDS.map(async (kind) => [kind, await studyBaseline(options, family, kind)] as const));
  const measured = Object.fromEntries(entries) as Record<BaselineKind, MeasuredBaseline>;
  const results = Object.fromEntries(entries.map(([kind, { result }]) => [kind, result])) as Record<BaselineKind, BaselineResult>;
  const backprop = results.adam.validationAccuracy > results.sgd.validationAccuracy ? 'adam' : 'sgd';
  const kindOfFirst = first?.backprop ?? backprop;
  const { setting, validationAccuracy } = first?.baselines[first.backprop] ?? results[backprop];
  const [tunedOnFirst] = await runTrials(options, site, { kind: kindOfFirst, settings: [setting] });
  const whole = await Promise.all(rules.map(async ({ theta }) => (await runTrials(options, site, { kind: 'rule', theta }))[0]!));
  const variants = await Promise.all(
    VARIANT_NAMES.map(async (name) => {
      const made = rules.map(async ({ seed, theta }, i): Promise<VariantResult> => {
        const changed = variant(name, { ...spec, seed }, theta);
        const [trials] = await runTrials({ ...options, spec: { ...changed.spec, seed: spec.seed } }, site, changed.learner);
        return { seed, ...score(trials!), minusRule: pairedDifference(trials!, whole[i]!) };
      });
      return [name, await Promise.all(made)] as const;
    }),
  );
  return {
    family: name,
    met: trainedOn(spec).has(name),
    trials: site.trials,
    backprop,
    baselines: results,
    tunedOnFirst: { kind: kindOfFirst, setting, validationAccuracy, ...score(tunedOnFirst!) },
    rules: rules.map(({ seed }, i) => ({
      seed,
      ...score(whole[i]!),
      minusBackprop: pairedDifference(whole[i]!, measured[backprop].trials),
      minusTunedOnFirst: pairedDifference(whole[i]!, tunedOnFirst!),
    })),
    variants: Object.fromEntries(variants) as Record<VariantName, VariantResult[]>,
  };
}

async function studyShape(options: StudyOptions, hidden: number[]): Promise<ShapeResult> {
  const spec = { ...options.spec, network: { ...options.spec.network, hidden } };
  const context = { ...options, spec };
  const { result, trials } = await studyBaseline(context, 0, 'sgd');
  const made = options.rules.map(async ({ seed, theta }) => {
    const [rule] = await runTrials(context, siteOf(spec, 0), { kind: 'rule', theta });
    return { seed, ...score(rule!), minusSgd: pairedDifference(rule!, trials) };
  });
  return { hidden, sgd: result, rules: await Promise.all(made) };
}

interface MeasuredBaseline {
  result: BaselineResult;
  trials: Trials;
}

/** Tuned on validation tasks, measured on the report's. */
async function studyBaseline(context: EvaluationContext, family: number, kind: BaselineKind): Promise<MeasuredBaseline> {
  const { setting, accuracy, trials } = await tunedTrials(context, siteOf(context.spec, family), kind);
  return { result: { setting, validationAccuracy: accuracy, ...score(trials) }, trials };
}

const siteOf = ({ evaluation }: RunSpec, family: number) => ({ domain: DOMAIN.report, family, trials: evaluation.reportTrials });

/** Families of all stages. */
const trainedOn = ({ tasks, stages = [] }: RunSpec): Set<string> =>
  new Set([tasks, ...stages.map((stage) => stage.tasks ?? [])].flat().map((task) => task.family));
