// What evolution strategies see at a θ: mean loss under perturbation, size of the differences L⁺ − L⁻ of antithetic pairs, and how much of
// them is signal. With differences clipped at their root mean square and divided by it, d, the gradient estimate's squared norm is, for
// n pairs, in the mean |mean ε d|² = (signal + P / n) · mean d², with P the length of θ; `signal` is what one pair adds (1 would be a linear
// loss without noise). It is an estimate: its standard error is about √(2 P) / n.
// node scripts/signal.mjs (a published rule's name | theta.safetensors) [--sigma 0.02,0.04] [--pairs 8192] [--set inner.test=1024]
// (after `npm run build`)

import { readFileSync } from 'node:fs';
import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { capLosses, shape } from '@metaplast/evolution';
import { perturbation } from '@metaplast/kernel';
import { finalSpec, resolveSpec } from '@metaplast/protocol';
import { checkKernel, decodeTheta, findRule } from '@metaplast/training';
import { Command } from 'commander';
import { applyOverrides } from '../packages/cli/dist/spec/overrides.js';

const command = new Command('node scripts/signal.mjs')
  .description('What evolution strategies see at a θ: loss under perturbation, differences, signal')
  .argument('<rule>', 'name of a published rule, or a file theta.safetensors or theta.npz')
  .option('--sigma <values>', 'standard deviations of the perturbations, with commas', '0.02,0.04')
  .option('--pairs <n>', 'antithetic pairs', '8192')
  .option('--set <path=value...>', 'changes of the spec, as for metaplast train')
  .parse();
const [rule] = command.args;
const { sigma: sigmas, pairs, set = [] } = command.opts();
const { theta, kernel, spec: own } = findRule(rule) ?? decodeTheta(readFileSync(rule));
checkKernel(rule, kernel);
const spec = finalSpec(resolveSpec(applyOverrides(own, [`outer.pairs=${pairs}`, 'outer.tasksPerPair=1', ...set])));
const n = spec.outer.pairs;

/** A generation that no run comes to. */
const GENERATION = 2 ** 31;

const squares = (xs) => xs.reduce((sum, x) => sum + x * x, 0);
const dispatcher = new InProcessDispatcher(await EnginePool.start());
console.log('| σ | loss | rms of L⁺ − L⁻ | signal |\n|---|---|---|---|');
for (const sigma of sigmas.split(',').map(Number)) {
  const { values } = await dispatcher.evaluate({ kind: 'generation', spec, generation: GENERATION, sigma, theta });
  const members = capLosses(values, n, 1, spec.objective.cap).values;
  const rms = Math.sqrt(squares(shape({ kind: 'none', clip: Infinity }, members, 0.5)) / n); // σ = ½: the differences themselves
  const clipped = shape({ kind: 'rms', clip: 1 }, members, sigma);
  const gradient = new Float64Array(theta.length);
  const epsilon = new Float32Array(theta.length);
  clipped.forEach((d, pair) => {
    perturbation(spec.seed, GENERATION, pair, epsilon);
    epsilon.forEach((e, i) => {
      gradient[i] += (e * d) / n;
    });
  });
  const signal = squares(gradient) / (squares(clipped) / n) - theta.length / n;
  const mean = members.reduce((sum, loss) => sum + loss, 0) / members.length;
  const error = Math.sqrt(2 * theta.length) / n;
  console.log(`| ${sigma} | ${mean.toFixed(4)} | ${rms.toFixed(4)} | ${signal.toFixed(4)} ± ${error.toFixed(4)} |`);
}
await dispatcher.close();
