// What is said about a reproduction: tables in Markdown, and the figures' captions.

import { BASELINES } from '@metaplast/plasticity';
import { BASELINE_KINDS } from '@metaplast/protocol';
import { type FamilyResult, percent, points, statements, thetaSha256, VARIANT_NAMES, VARIANTS } from '@metaplast/training';
import type { Reproduction } from './reproduce.js';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const withError = ({ accuracy, se }: { accuracy: number; se: number }): string => `${percent(accuracy)} ± ${percent(se)}`;
const each = <T>(list: readonly T[], show: (item: T) => string): string => list.map(show).join(', ');

/** The statements first, then what they stand on. Accuracies in percent, differences in points, ± one standard error. */
export function studyTables(reproduction: Reproduction): string {
  const { name, runs, study } = reproduction;
  const { families, shapes } = study;
  const short = ({ family }: FamilyResult): string => family.replace('two-gaussians:', '');
  const rows = statements(study).map((s) => [s.statement, s.reading, `**${s.verdict}** (${s.holds} of ${s.seeds})`, s.measured]);
  const seeds = each(runs, (run) => String(run.seed));
  return `${[
    `## The paper's statements (${name}, seeds ${seeds})`,
    `Accuracies in %, differences in points, ± one standard error; ${families[0]!.trials} fresh tasks a family, the same for all, so that differences are paired. A statement holds for a seed when its difference is more than two standard errors above 0.`,
    table(['statement', 'reading', 'verdict', 'measured'], rows),
    '## Accuracy by family',
    table(
      ['', ...families.map(short)],
      [
        ...runs.map(({ seed }, i) => [`rule, seed ${seed}`, ...families.map((f) => withError(f.rules[i]!))]),
        ...BASELINE_KINDS.map((kind) => [BASELINES[kind].summary, ...families.map((f) => withError(f.baselines[kind]))]),
        ['backprop tuned on the first family only', ...families.map((f) => withError(f.tunedOnFirst))],
      ],
    ),
    '## The rule with something taken away at test (difference to the whole rule, each seed)',
    table(
      ['', ...families.map(short)],
      VARIANT_NAMES.map((variant) => [VARIANTS[variant], ...families.map((f) => each(f.variants[variant], (v) => points(v.minusRule)))]),
    ),
    `## Other networks, ${families[0]!.family}`,
    table(
      ['hidden layers', 'rule, each seed', 'SGD tuned for that network', 'rule − SGD'],
      shapes.map(({ hidden, sgd, rules }) => [
        hidden.join(', '),
        each(rules, withError),
        withError(sgd),
        each(rules, (rule) => points(rule.minusSgd)),
      ]),
    ),
    '## Loss on the labelled points after the last step, nats',
    table(
      ['', ...families.map(short)],
      [
        ...runs.map(({ seed }, i) => [`rule, seed ${seed}`, ...families.map((f) => f.rules[i]!.trainCrossEntropy.toFixed(3))]),
        ['backprop', ...families.map((f) => f.baselines[f.backprop].trainCrossEntropy.toFixed(3))],
      ],
    ),
  ].join('\n\n')}\n`;
}

/** States seeds, spec, n and kernel for each figure. */
export function captions({ name, spec, kernel, runs, study }: Reproduction): string {
  const [first] = runs;
  const seeds = each(runs, (run) => String(run.seed));
  const rates = each(study.curves, ({ family }) => String(study.families.find((f) => f.family === family)!.baselines.sgd.setting[0]));
  return `${[
    '# Captions',
    `Preset or spec: ${name}. Meta-training seeds: ${seeds}. Kernel: \`${kernel}\`. θ: ${each(runs, (run) => `seed ${run.seed} \`${thetaSha256(run.theta)}\``)}.`,
    `**figure-2.** Left: accuracy on test points and loss on the labelled points along the inner training, rule (seed ${first!.seed}) and backprop (SGD, learning rates ${rates}, tuned on ${spec.evaluation.validationTrials} validation tasks of each family), means and standard errors over n = ${study.curves[0]!.trials} fresh tasks of ${each(study.curves, (c) => c.family)} drawn with seed ${spec.seed}. Right: what both make of the first tasks of the figure's own draws (none was chosen), from the same labelled points (large symbols) and initial weights; shades are class probabilities, dots the unlabelled points of all steps, which backprop does not see. Data: inner-training.csv, inner-training.vl.json; decision-maps.json (points of each task, and probabilities over the grid of a map).`,
    `**meta-training.** Accuracy and cross-entropy of θ on n = ${spec.evaluation.trials} held-out tasks of ${spec.evaluation.families[0]!.family} by generation, a thin line a seed, their mean with a band of one standard error over ${runs.length} ${runs.length > 1 ? 'seeds' : 'seed'}; dashed: SGD tuned on validation tasks, mean over the same. Data: meta-training.csv, meta-training.vl.json.`,
    `**rule.** θ of seed ${first!.seed}: the rule's answers, prior included, over slices of a neuron's activation z, reverse signal r and ${spec.rule.lateral ? 'lateral signal s' : 'no lateral signal'}, in float64; beside them feedback alignment and Hebb's rule in the same terms, and the least-squares linear rule over the box of all signals. Data: rule.json (the slices), rule.csv (the linear fits).`,
    `The spec (seed ${spec.seed}; the other runs differ in nothing but the seed):`,
    `\`\`\`json\n${JSON.stringify(spec, null, 2)}\n\`\`\``,
  ].join('\n\n')}\n`;
}
