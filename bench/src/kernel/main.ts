// `npm run bench [-- kernel] [--rounds N] [--seconds S] [--shapes a,b] [--only x,y] [--docs]`: engines and peers side by side on the same
// inner trainings, data generation included, each in a process of its own on one core.
//
// A round times each contender once, one after the other; a ratio is taken within a round, so that a machine whose speed drifts does
// not matter. Reported: the median over the rounds, with the quartiles. On the first shape there is a second measurement, of
// two processes on two cores. --docs puts the tables into docs/performance.md.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { DOMAIN, Kernel, kernelIdentity, perturbation } from '@metaplast/kernel';
import { initialTheta, kernelConfig, referencePairLosses } from '@metaplast/plasticity';
import { type PartialRunSpec, type RunSpec, resolveSpec, trainingCost } from '@metaplast/protocol';
import { benchCommand, number, someOf, wholeNumber } from '../command.js';
import { Contender, type Recipe, type Setup } from './contender.js';
import { RECIPES } from './recipes.js';
import { type Ratio, type Result, type ShapeResult, writeTables } from './table.js';

const SIGMA = 0.03;
const SHAPES: Readonly<Record<string, PartialRunSpec>> = {
  default: {},
  'rule-32': { rule: { hidden: [32, 32] } },
  'width-128': { network: { hidden: [128] } },
  'width-512': { network: { hidden: [512] }, inner: { steps: 5 } },
  'two-layers': { network: { hidden: [32, 32] } },
  'batch-64': { inner: { labelled: 32, unlabelled: 32 } },
};
/** Pairs that everybody's losses are checked on. */
const CHECKED = 4;
const TOLERANCE = 0.02;

const SHAPE_NAMES = Object.keys(SHAPES);
const CONTENDERS = RECIPES.map(({ name }) => name);
const {
  rounds,
  seconds,
  shapes = SHAPE_NAMES,
  only: names = CONTENDERS,
  docs = false,
} = benchCommand('kernel', 'Engines and peers side by side on the same inner trainings, each in a process of its own on one core')
  .option('--rounds <n>', 'times that each contender is timed', wholeNumber(1, 1000), 7)
  .option('--seconds <s>', 'that a timing takes, about', number(0.01, 60), 0.25)
  .option('--shapes <names>', `some of ${SHAPE_NAMES.join(', ')}, with commas (default: all)`, someOf(SHAPE_NAMES))
  .option('--only <names>', `some of ${CONTENDERS.join(', ')}, with commas (default: all)`, someOf(CONTENDERS))
  .option('--docs', 'put the tables into docs/performance.md')
  .parse(
    process.argv.slice(2).filter((arg) => arg !== 'kernel'),
    { from: 'user' },
  )
  .opts<{ rounds: number; seconds: number; shapes?: string[]; only?: string[]; docs?: boolean }>();
const cores = availableParallelism();
const pin = canPin();
/** Only then the results are kept: a part of them would take the place of all. */
const isWhole = shapes.length === SHAPE_NAMES.length && names.length === CONTENDERS.length;

function canPin(): boolean {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function setupOf(spec: RunSpec): Setup {
  const { hidden, rule, labelled, tasks: _, ...config } = kernelConfig(spec);
  const flat = {
    ...config,
    hidden: hidden.map(([width]) => width),
    labelled: labelled[0],
    rule: rule.hidden,
    prior: rule.prior,
    lateral: rule.lateral,
  };
  return { config: flat, spec, theta: [...initialTheta(spec)], sigma: SIGMA };
}

/** Data, initial weights and ε of the checked pairs, for contenders that draw their own. */
function checks(spec: RunSpec): object[] {
  const kernel = new Kernel(kernelConfig(spec));
  kernel.setSeed(spec.seed);
  return Array.from({ length: CHECKED }, (_, pair) => {
    kernel.prepare({ domain: DOMAIN.training, generation: 0, pair, task: 0 });
    kernel.begin();
    const { labelled, unlabelled, test } = kernel.data();
    const layers = kernel
      .weights()
      .map(({ forward, feedback, lateral }) => ({ forward: [...forward], feedback: [...feedback], lateral: [...lateral] }));
    const epsilon = [...perturbation(spec.seed, 0, pair, new Float32Array(initialTheta(spec).length))];
    const points = { labelled: [...labelled.points], unlabelled: [...unlabelled.points], test: [...test.points] };
    return { ...points, labels: [...labelled.labels], testLabels: [...test.labels], layers, epsilon };
  });
}

/** Starts and checks a contender; undefined when it is not to be had. */
async function prepare(recipe: Recipe, spec: RunSpec, core: number): Promise<Contender | undefined> {
  const started = await Contender.start(recipe, core, pin);
  if (started === undefined) return undefined;
  const { contender } = started;
  await contender.ask(setupOf(spec));
  const { losses } = await contender.ask<{ losses: [number, number][] }>({ check: checks(spec) });
  const config = kernelConfig(spec);
  losses.forEach((pairLosses, pair) => {
    const expected = referencePairLosses(
      config,
      spec.seed,
      { domain: DOMAIN.training, generation: 0, pair, task: 0 },
      initialTheta(spec),
      SIGMA,
    );
    pairLosses.forEach((loss, i) => {
      if (!(Math.abs(loss - expected[i]!) < TOLERANCE))
        throw new Error(`${recipe.name} computes something else: loss ${loss}, not ${expected[i]}`);
    });
  });
  return contender;
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}
const spread = (numbers: readonly number[]): Ratio => ({
  low: quantile(numbers, 0.25),
  median: quantile(numbers, 0.5),
  high: quantile(numbers, 0.75),
});

/** Trainings a second of contenders that run at the same time. */
async function together(team: readonly Contender[]): Promise<number> {
  const speeds = await Promise.all(team.map(async (one) => (2 * one.pairs) / (await one.time())));
  return speeds.reduce((a, b) => a + b);
}

/** Interleaved rounds of teams; the first team is what the others' ratios are about. */
async function measure(teams: readonly Contender[][]): Promise<Result[]> {
  const table: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const speeds: number[] = [];
    for (const team of teams) speeds.push(await together(team));
    table.push(speeds);
  }
  return teams.map(([one], i) => ({
    name: one!.recipe.name,
    batch: one!.recipe.batches ? one!.batch : undefined,
    trainingsPerSecond: spread(table.map((speeds) => speeds[i]!)),
    ratio: spread(table.map((speeds) => speeds[0]! / speeds[i]!)),
  }));
}

function print(title: string, results: readonly Result[]): void {
  console.log(`\n${title}`);
  for (const { name, batch, trainingsPerSecond, ratio } of results) {
    const { low, median, high } = ratio;
    const times = `wasm is ${median.toFixed(2)} × as fast (quartiles ${low.toFixed(2)} to ${high.toFixed(2)})`;
    const many = batch === undefined ? '' : `, ${batch} pairs at a time`;
    console.log(`  ${name.padEnd(10)} ${trainingsPerSecond.median.toFixed(1).padStart(8)} trainings/s  ${times}${many}`);
  }
}

const missing = new Map<string, string>();
async function benchShape(shape: string): Promise<ShapeResult> {
  const spec = resolveSpec({ evaluation: { families: [{ family: 'two-moons' }] }, tasks: [{ family: 'two-moons' }], ...SHAPES[shape] });
  const teams: Contender[][] = [];
  const pairs: Contender[][] = [];
  try {
    for (const recipe of RECIPES.filter(({ name }) => names.includes(name) || name === 'wasm')) {
      if (missing.has(recipe.name)) continue;
      const one = await prepare(recipe, spec, cores - 1);
      if (one === undefined) {
        missing.set(recipe.name, recipe.install);
        console.log(`${recipe.name} is left out. To have it: ${recipe.install}`);
        continue;
      }
      await one.calibrate(seconds);
      teams.push([one]);
    }
    const single = await measure(teams);
    print(`${shape}, one core`, single);
    if (shape !== 'default' || cores < 2) return { shape, multiplyAdds: trainingCost(spec), single };
    for (const [one] of teams) {
      const other = (await prepare(one!.recipe, spec, cores - 2))!;
      Object.assign(other, { batch: one!.batch, pairs: one!.pairs });
      await other.time();
      pairs.push([one!, other]);
    }
    const double = await measure(pairs);
    print(`${shape}, two cores`, double);
    return { shape, multiplyAdds: trainingCost(spec), single, double };
  } finally {
    for (const one of new Set([...teams, ...pairs].flat())) one.end();
  }
}

const loadBefore = loadavg()[0];
const results: ShapeResult[] = [];
for (const shape of shapes) results.push(await benchShape(shape));
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores,
  pinned: pin,
  node: process.version,
  v8: process.versions.v8,
  kernel: kernelIdentity(),
  loadBefore,
};
const document = { measuredAt: new Date().toISOString(), machine, rounds, seconds, results, missing: Object.fromEntries(missing) };
if (isWhole) {
  const folder = new URL('../../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('kernel.json', folder), `${JSON.stringify(document, null, 2)}\n`);
} else console.log('\nA part of the bench: bench/results/kernel.json stays as it is.');
writeTables(document, docs && isWhole);
