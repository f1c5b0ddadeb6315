// `npm run bench -- kernel`: engines side by side on the same inner trainings, data generation included, on one core.
//
// A round times each engine once, one after the other; a ratio is taken within a round, so that a machine whose speed drifts
// does not matter. Printed and written: the median over the rounds, with the quartiles.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { DOMAIN, Kernel, kernelIdentity } from '@metaplast/kernel';
import { initialTheta, kernelConfig, referencePairLosses } from '@metaplast/plasticity';
import { type PartialRunSpec, type RunSpec, resolveSpec } from '@metaplast/protocol';
import { type Contender, SIGMA } from './contender.js';
import { nativeContenders } from './native.js';

const ROUNDS = 9;
const SHAPES: readonly [name: string, spec: PartialRunSpec][] = [
  ['default (2-32-2, rule 16-16)', {}],
  ['rule 32-32', { rule: { hidden: [32, 32] } }],
  ['network 2-128-2', { network: { hidden: [128] } }],
  ['two hidden layers 2-32-32-2', { network: { hidden: [32, 32] } }],
];

function contenders(spec: RunSpec): Contender[] {
  const config = kernelConfig(spec);
  const theta = initialTheta(spec);
  const kernel = new Kernel(config);
  kernel.setSeed(spec.seed);
  kernel.setTheta(theta);
  return [
    { name: 'wasm', pairs: 100, run: (first, pairs) => [...kernel.pairLosses(0, first, pairs, 1, SIGMA)] },
    ...nativeContenders(config, spec.seed, theta),
    {
      name: 'plain JS float64',
      pairs: 10,
      run: (first, pairs) =>
        Array.from({ length: pairs }, (_, i) =>
          referencePairLosses(config, spec.seed, { domain: DOMAIN.training, generation: 0, pair: first + i, task: 0 }, theta, SIGMA),
        ).flat(),
    },
  ];
}

/** Inner trainings a second of one timing. */
function speed(contender: Contender): number {
  const start = performance.now();
  contender.run(0, contender.pairs);
  return (2000 * contender.pairs) / (performance.now() - start);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}

/** Contenders must do the same work: mean losses of 10 pairs agree to the noise of their arithmetic. */
function checkAgreement(list: readonly Contender[]): void {
  const means = list.map((c) => c.run(0, 10).reduce((sum, loss) => sum + loss, 0) / 20);
  if (means.some((mean) => Math.abs(mean - means[0]!) > 0.02)) throw new Error(`the engines disagree: mean losses ${means.join(', ')}`);
}

const results = SHAPES.map(([shape, over]) => {
  const list = contenders(resolveSpec(over));
  checkAgreement(list);
  for (const contender of list) speed(contender);
  const rounds = Array.from({ length: ROUNDS }, () => list.map(speed));
  console.log(`\n${shape}`);
  return {
    shape,
    engines: list.map((contender, i) => {
      const speeds = rounds.map((round) => round[i]!);
      const ratios = rounds.map((round) => round[0]! / round[i]!);
      const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q)) as [number, number, number];
      const perSecond = quantile(speeds, 0.5);
      const ratio = i === 0 ? '' : `wasm is ${median.toFixed(2)} × as fast (quartiles ${low.toFixed(2)} to ${high.toFixed(2)})`;
      console.log(`  ${contender.name.padEnd(18)} ${perSecond.toFixed(0).padStart(6)} trainings/s  ${ratio}`);
      return { engine: contender.name, trainingsPerSecond: perSecond, wasmRatio: { low, median, high } };
    }),
  };
});

const machine = { cpu: cpus()[0]?.model ?? 'unknown', node: process.version, v8: process.versions.v8, kernel: kernelIdentity() };
const folder = new URL('../results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('kernel.json', folder), `${JSON.stringify({ machine, rounds: ROUNDS, results }, null, 2)}\n`);
