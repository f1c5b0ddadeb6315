// How large the points of a mixture's components are: the root mean square of a coordinate, by component, over the tasks of a spec's last
// stage. Two-Gaussians, and points that `metaplast apply` standardises, have 1 by definition, so what a rule is to carry over to
// should be about that large, too.
// node scripts/spread.mjs spec.json [--tasks 2000]     (after `npm run build`)

import { readFileSync } from 'node:fs';
import { DOMAIN } from '@metaplast/kernel';
import { drawReferenceTask, kernelConfig } from '@metaplast/plasticity';
import { finalSpec, resolveSpec } from '@metaplast/protocol';
import { Command } from 'commander';

const command = new Command('node scripts/spread.mjs')
  .description("How large the points of a mixture's components are")
  .argument('<spec>', 'a run spec, or a preset, as JSON')
  .option('--tasks <n>', 'tasks of each component', Number, 2000)
  .parse();
const { tasks } = command.opts();
const json = JSON.parse(readFileSync(command.args[0], 'utf8'));
const spec = finalSpec(resolveSpec(json.spec ?? json));

/** The value below which `part` of the sorted `values` are. */
const quantile = (values, part) => values[Math.floor(part * (values.length - 1))].toFixed(2);

console.log('| component | share | median | 10 % | 90 % |\n|---|---|---|---|---|');
spec.tasks.forEach((task, component) => {
  const config = kernelConfig({ ...spec, tasks: [task] });
  const sizes = Array.from({ length: tasks }, (_, pair) => {
    const { points } = drawReferenceTask(config, spec.seed, { domain: DOMAIN.training, generation: 0, pair, task: 0 }).data.test;
    return Math.sqrt(points.reduce((sum, x) => sum + x * x, 0) / points.length);
  }).sort((a, b) => a - b);
  console.log(
    `| ${component + 1} (${task.family}) | ${task.weight ?? 1} | ${[0.5, 0.1, 0.9].map((part) => quantile(sizes, part)).join(' | ')} |`,
  );
});
