// The kernel against the oracle: data, initial weights, 3 steps of training, whole trainings, pairs.

import { DOMAIN, FAMILIES, gaussian, Kernel, type KernelConfig, type LayerWeights, thetaLength } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { initialTheta, kernelConfig } from '../compile.js';
import { FAMILY_DEFAULTS } from '../families.js';
import { rationalTanh } from './activation.js';
import { measure, type ReferenceLayer } from './network.js';
import { readRule } from './rule.js';
import { drawReferenceTask, makeBatch, referencePairLosses, referenceStep, referenceTrial } from './training.js';

const SEED = 2 ** 40 + 17;
const STANDARD = kernelConfig(resolveSpec({}));

/** The standard θ start, moved by scale · N(0, 1) in every coordinate: another rule for each number. */
function randomTheta(hidden: readonly number[], number: number, scale: number): Float32Array {
  const rule = { hidden: [...hidden] };
  const theta = initialTheta(resolveSpec({ rule, seed: 5 }));
  const noise = gaussian(number, { domain: DOMAIN.figure, generation: 0, pair: 0, task: 0 }, 60, new Float32Array(theta.length));
  expect(theta.length).toBe(thetaLength(hidden));
  return theta.map((value, i) => value + scale * noise[i]!);
}

/** Largest |a − b| / max(1, |b|). */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!) / Math.max(1, Math.abs(b[i]!));
    if (!(d <= largest)) largest = d;
  }
  return largest;
}

const SETS = ['forward', 'biases', 'feedback', 'lateral'] as const;

function weightDifference(kernel: readonly LayerWeights[], oracle: readonly ReferenceLayer[]): number {
  expect(kernel.length).toBe(oracle.length);
  return Math.max(...oracle.flatMap((layer, i) => SETS.map((set) => difference(kernel[i]![set], layer[set]))));
}

/** Holds the kernel against the oracle on one task, from the drawing of the data to the third step. */
function compare(config: KernelConfig, theta: Float32Array, trial: number): void {
  const at = { domain: DOMAIN.heldOut, generation: 3, pair: trial, task: 1 };
  const kernel = new Kernel(config);
  kernel.setSeed(SEED);
  kernel.setTheta(theta);
  kernel.prepare(at);
  kernel.begin();
  const task = drawReferenceTask(config, SEED, at);
  const data = kernel.data();
  for (const set of ['labelled', 'unlabelled', 'test'] as const) {
    expect([...data[set].labels]).toEqual([...task.data[set].labels]);
    expect(difference(data[set].points, task.data[set].points), `${set} points`).toBeLessThan(1e-5);
  }
  expect(kernel.widths()).toEqual([config.inputs, ...task.network.layers.map(({ width }) => width)]);
  expect(weightDifference(kernel.weights(), task.network.layers), 'initial weights').toBeLessThan(1e-5);

  const rule = readRule(theta, config.rule, task.network.activation);
  const signals = makeBatch(task);
  for (let t = 0; t < 3; t++) {
    kernel.step(t);
    referenceStep(task, rule, t, signals);
    expect(weightDifference(kernel.weights(), task.network.layers), `weights after step ${t}`).toBeLessThan(1e-4);
    const ours = measure(task.network, task.data);
    const theirs = kernel.measure();
    expect(difference([theirs.crossEntropy], [ours.crossEntropy]), `test loss after step ${t}`).toBeLessThan(1e-4);
    expect(difference([theirs.trainCrossEntropy], [ours.trainCrossEntropy]), `training loss after step ${t}`).toBeLessThan(1e-4);
    expect(Math.abs(theirs.accuracy - ours.accuracy)).toBeLessThanOrEqual(1.01 / config.test);
  }
}

const NETWORKS = [[[1]], [[5]], [[32]], [[33], [7]], [[16], [32], [48]], [[16, 32, 48]], [[512]]];
const RULES = [[4], [16, 16], [64, 5]];

describe('the kernel equals the oracle over 3 steps', () => {
  for (const hidden of NETWORKS) {
    for (const rule of RULES) {
      it(`hidden ${JSON.stringify(hidden)}, rule ${JSON.stringify(rule)}`, () => {
        const config = { ...STANDARD, hidden, rule: { ...STANDARD.rule, hidden: rule }, steps: 3 };
        const trials = hidden[0]![0] === 512 ? 1 : 4;
        for (let trial = 0; trial < trials; trial++) compare(config, randomTheta(rule, trial, 0.1 * trial), trial);
      });
    }
  }

  for (const family of FAMILIES) {
    it(`family ${family}, all parameters drawn`, () => {
      const params = {
        rotation: { uniform: [0, 1] },
        scale: { logUniform: [0.5, 2] },
        stretch: { choice: [0, 0.2, 0.4] },
        offset: 0.3,
        separation: { uniform: [0.2, 1.5] },
        noise: { logUniform: [0.05, 0.5] },
        balance: { uniform: [0.3, 0.7] },
        labelSwap: 0.5,
      } as const;
      const drawn = { ...STANDARD, steps: 3, tasks: [{ family, weight: 1, params }] };
      const byDefault = { ...STANDARD, steps: 3, tasks: [{ family, weight: 1, params: FAMILY_DEFAULTS[family] }] };
      for (let trial = 0; trial < 6; trial++) compare(trial % 2 === 0 ? drawn : byDefault, randomTheta([16, 16], trial, 0.2), trial);
    });
  }

  it('a mixture of families, a choice of label counts', () => {
    const component = (family: (typeof FAMILIES)[number], weight: number) => ({ family, weight, params: FAMILY_DEFAULTS[family] });
    const tasks = [component('two-moons', 0.5), component('circles', 2), component('xor-blobs', 1)];
    for (let trial = 0; trial < 8; trial++) {
      compare({ ...STANDARD, steps: 3, labelled: [4, 7, 12], tasks }, randomTheta([16, 16], trial, 0.2), trial);
    }
  });

  const blobs = { family: 'blobs', weight: 1, params: { ...FAMILY_DEFAULTS.blobs, balance: 0.25 } } as const;
  const variants: [string, Partial<KernelConfig>][] = [
    ['no unlabelled points', { unlabelled: 0 }],
    ['3 labelled points', { labelled: [3] }],
    ['3 labelled points, 1 unlabelled', { labelled: [3], unlabelled: 1 }],
    ['a test set that is no multiple of 4', { test: 131 }],
    ['2 test points', { test: 2 }],
    ['5 dimensions, 4 classes', { inputs: 5, classes: 4, tasks: [blobs] }],
    ['17 dimensions, 6 classes, 3 layers', { inputs: 17, classes: 6, hidden: [[9], [16], [3]], tasks: [blobs], labelled: [13] }],
    ['no prior', { rule: { ...STANDARD.rule, prior: false } }],
    ['no lateral weights', { rule: { ...STANDARD.rule, lateral: false } }],
    ['no lateral weights, no prior, two layers', { rule: { hidden: [16, 16], prior: false, lateral: false }, hidden: [[20], [12]] }],
  ];
  for (const [name, change] of variants) {
    it(name, () => {
      for (let trial = 0; trial < 4; trial++) compare({ ...STANDARD, steps: 3, ...change }, randomTheta([16, 16], trial, 0.2), trial);
    });
  }
});

describe('whole trainings', () => {
  it('300 tasks of 50 steps have the mean accuracy of the oracle', { timeout: 120_000 }, () => {
    const theta = initialTheta(resolveSpec({}));
    const kernel = new Kernel(STANDARD);
    kernel.setSeed(SEED);
    kernel.setTheta(theta);
    const differences = kernel
      .trials(DOMAIN.heldOut, 0, 0, 300)
      .map(
        ({ accuracy }, pair) =>
          accuracy - referenceTrial(STANDARD, SEED, { domain: DOMAIN.heldOut, generation: 0, pair, task: 0 }, theta).accuracy,
      );
    const mean = differences.reduce((a, b) => a + b) / 300;
    const standardError = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / 299 / 300);
    expect(Math.abs(mean)).toBeLessThanOrEqual(2 * standardError);
    expect(Math.abs(mean)).toBeLessThan(1e-3);
  });

  it('with the true tanh in place of the rational one hardly anything changes, but something does', () => {
    const config = { ...STANDARD, steps: 3 };
    for (let pair = 0; pair < 3; pair++) {
      const at = { domain: DOMAIN.heldOut, generation: 0, pair, task: 0 };
      const [rational, exact] = [rationalTanh, Math.tanh].map((f) => referenceTrial(config, SEED, at, randomTheta([16, 16], 1, 0.1), f));
      const change = Math.abs(rational!.crossEntropy - exact!.crossEntropy);
      expect(change).toBeGreaterThan(1e-8);
      expect(change).toBeLessThan(1e-3);
    }
  });

  it('an antithetic pair: θ ± σε on the same task, initial weights and batches', () => {
    const config = { ...STANDARD, steps: 3 };
    const theta = randomTheta([16, 16], 1, 0.1);
    const sigma = 0.05;
    const kernel = new Kernel(config);
    kernel.setSeed(SEED);
    kernel.setTheta(theta);
    const losses = kernel.pairLosses(4, 10, 3, 2, sigma);
    for (let pair = 0; pair < 3; pair++) {
      for (let task = 0; task < 2; task++) {
        const expected = referencePairLosses(config, SEED, { domain: DOMAIN.training, generation: 4, pair: 10 + pair, task }, theta, sigma);
        expect(difference(losses.subarray(4 * pair + 2 * task, 4 * pair + 2 * task + 2), expected)).toBeLessThan(1e-4);
        expect(expected[0]).not.toBe(expected[1]);
      }
    }
    // With σ = 0 the two members are the same training to the last bit, on every task.
    const still = kernel.pairLosses(4, 10, 3, 2, 0);
    for (let i = 0; i < still.length; i += 2) expect(still[i]).toBe(still[i + 1]);
    expect(new Set(still).size).toBe(6);
  });
});
