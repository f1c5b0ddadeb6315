// A rule against SGD on the fresh tasks of its report, with the learning rate chosen twice: on each family, which is hard on the rule, and on
// the first family alone, as the rule was. Prints differences in points, ± one standard error, as a table.
// node scripts/two-tunings.mjs (a published rule's name | theta.safetensors)        (after `npm run build`)

import { readFileSync } from 'node:fs';
import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { DOMAIN } from '@metaplast/kernel';
import { checkKernel, decodeTheta, findRule, pairedDifference, runTrials, tune } from '@metaplast/training';
import { Command, InvalidArgumentError } from 'commander';

function read(rule) {
  try {
    const file = findRule(rule) ?? decodeTheta(readFileSync(rule));
    checkKernel(rule, file.kernel);
    return file;
  } catch (error) {
    throw new InvalidArgumentError(error.message);
  }
}
const [{ theta, spec }] = new Command('node scripts/two-tunings.mjs')
  .description('A rule against SGD tuned on each family, and tuned on the first family alone')
  .argument('<rule>', 'name of a published rule, or a file theta.safetensors or theta.npz', read)
  .parse().processedArgs;

const dispatcher = new InProcessDispatcher(await EnginePool.start());
const context = { spec, dispatcher };
const points = ({ difference, se }) => `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(1)} ± ${(100 * se).toFixed(1)}`;
const tuned = await Promise.all(spec.evaluation.families.map((_, family) => tune(context, family, 'sgd')));
console.log(
  '| family | rule − SGD tuned per family | learning rate | rule − SGD tuned on the first | learning rate |\n|---|---|---|---|---|',
);
for (const [family, { setting }] of tuned.entries()) {
  const site = { domain: DOMAIN.report, family, trials: spec.evaluation.reportTrials };
  const settings = [setting, tuned[0].setting];
  const [[learned], [own, first]] = await Promise.all([
    runTrials(context, site, { kind: 'rule', theta }),
    runTrials(context, site, { kind: 'sgd', settings }),
  ]);
  const cells = [own, first].map((backprop, i) => `${points(pairedDifference(learned, backprop))} | ${settings[i][0]}`);
  console.log(`| ${spec.evaluation.families[family].family} | ${cells.join(' | ')} |`);
}
await dispatcher.close();
