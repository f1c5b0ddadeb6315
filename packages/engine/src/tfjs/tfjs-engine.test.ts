// The rule in tensor form against the kernel and the float64 reference: two other implementations of the same definition.

import { DOMAIN, gaussian, STREAM, thetaLength } from '@metaplast/kernel';
import { initialTheta, kernelConfig, referencePairLosses, referenceTrial } from '@metaplast/plasticity';
import { type PartialRunSpec, type RunSpec, resolveSpec, type TrialWork } from '@metaplast/protocol';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { WasmEngine } from '../kernel-engine.js';
import { hasTfjs, startBackend, TFJS_BACKENDS } from './backend.js';
import { TfjsEngine } from './tfjs-engine.js';

const kernel = new WasmEngine();
let tfjs: TfjsEngine;
beforeAll(async () => {
  tfjs = await TfjsEngine.start(['wasm']);
});

const blobs = { family: 'blobs', dimensions: 5, classes: 4 } as const;
const SHAPES: Record<string, PartialRunSpec> = {
  standard: {},
  'hidden 1': { network: { hidden: [1] } },
  'hidden 33-7': { network: { hidden: [33, 7] } },
  'hidden 16-20-12': { network: { hidden: [16, 20, 12] } },
  'hidden 128': { network: { hidden: [128] } },
  'widths and label counts drawn': { network: { hidden: [{ choice: [8, 16, 40] }] }, inner: { labelled: { choice: [4, 9, 12] } } },
  'rule 4': { rule: { hidden: [4] } },
  'rule 32-8': { rule: { hidden: [32, 8] } },
  'rule 64': { rule: { hidden: [64] } },
  'no lateral weights': { rule: { lateral: false } },
  'no prior': { rule: { prior: 'none' } },
  'no unlabelled points': { inner: { unlabelled: 0 } },
  '2 labelled points, 1 unlabelled, 3 test points': { inner: { labelled: 2, unlabelled: 1, test: 3 } },
  '5 dimensions, 4 classes': { tasks: [blobs], evaluation: { families: [blobs] } },
  '5 dimensions, 4 classes, two layers, no lateral weights': {
    tasks: [blobs],
    evaluation: { families: [blobs] },
    network: { hidden: [9, 12] },
    rule: { lateral: false, hidden: [8] },
  },
  'two tasks a pair': { outer: { tasksPerPair: 2 } },
};

const small = (over: PartialRunSpec): RunSpec => resolveSpec({ seed: 2 ** 40 + 9, ...over, inner: { steps: 4, test: 40, ...over.inner } });

/** A rule far from the start, so that everything matters. */
function someTheta(spec: RunSpec): Float32Array {
  const at = { domain: DOMAIN.figure, generation: 0, pair: 0, task: 0 };
  const noise = gaussian(11, at, STREAM.theta, new Float32Array(thetaLength(spec.rule.hidden)));
  return initialTheta(spec).map((x, i) => x + 0.2 * noise[i]!);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!) / Math.max(1, Math.abs(b[i]!))));
}

describe('the tfjs engine', () => {
  it.each(Object.entries(SHAPES))('%s: losses of kernel and reference', (_, over) => {
    const spec = small(over);
    const { tasksPerPair } = spec.outer;
    const work = { kind: 'generation', spec, generation: 3, sigma: 0.05, theta: someTheta(spec) } as const;
    const losses = tfjs.evaluate({ work, first: 5, count: 3 });
    expect(new Set(losses).size).toBe(6 * tasksPerPair);
    expect(largestDifference(losses, kernel.evaluate({ work, first: 5, count: 3 }))).toBeLessThan(1e-4);
    const at = { domain: DOMAIN.training, generation: 3, pair: 6, task: tasksPerPair - 1 };
    const reference = referencePairLosses(kernelConfig(spec), spec.seed, at, work.theta, 0.05);
    const last = 4 * tasksPerPair;
    expect(largestDifference(losses.slice(last - 2, last), reference)).toBeLessThan(1e-4);
  });

  it('whole trainings: trials of kernel and reference', () => {
    const spec = resolveSpec({});
    const theta = initialTheta(spec);
    const work: TrialWork = { kind: 'trials', spec, domain: DOMAIN.heldOut, generation: 2, trials: 8, learner: { kind: 'rule', theta } };
    const ours = tfjs.evaluate({ work, first: 1, count: 4 });
    expect(largestDifference(ours, kernel.evaluate({ work, first: 1, count: 4 }))).toBeLessThan(1e-2);
    const at = { domain: DOMAIN.heldOut, generation: 2, pair: 4, task: 0 };
    const { crossEntropy, accuracy, trainCrossEntropy } = referenceTrial(kernelConfig(spec), spec.seed, at, theta);
    expect(largestDifference(ours.slice(9), [crossEntropy, accuracy, trainCrossEntropy])).toBeLessThan(1e-2);
  });

  it('trials measured along the way, with substitutes, and baselines', () => {
    const spec = small({});
    const base = { kind: 'trials', spec, domain: DOMAIN.report, generation: 0, trials: 9 } as const;
    const theta = someTheta(spec);
    const works: TrialWork[] = [
      { ...base, measureAfter: [0, 2, 4], learner: { kind: 'rule', theta } },
      { ...base, learner: { kind: 'rule', theta, substitute: 'noise' } },
      { ...base, learner: { kind: 'rule', theta, substitute: 'labelled-copies' } },
    ];
    const results = works.map((work) => tfjs.evaluate({ work, first: 2, count: 3 }));
    works.forEach((work, i) => {
      expect(largestDifference(results[i]!, kernel.evaluate({ work, first: 2, count: 3 }))).toBeLessThan(1e-4);
    });
    expect(results[1]).not.toEqual(results[2]);
    const sgd: TrialWork = { ...base, learner: { kind: 'sgd', settings: [[0.1]] } };
    expect(tfjs.evaluate({ work: sgd, first: 2, count: 3 })).toEqual(kernel.evaluate({ work: sgd, first: 2, count: 3 }));
  });

  it('gives a pair the same loss whatever it is batched with, nearly', () => {
    const spec = small({ inner: { steps: 2, test: 8 } });
    const work = { kind: 'generation', spec, generation: 0, sigma: 0.05, theta: someTheta(spec) } as const;
    const all = tfjs.evaluate({ work, first: 0, count: 70 });
    expect(all).toHaveLength(140);
    for (const pair of [0, 63, 64, 69]) {
      expect(largestDifference(tfjs.evaluate({ work, first: pair, count: 1 }), all.slice(2 * pair, 2 * pair + 2))).toBeLessThan(1e-5);
    }
  });

  it('leaves no tensor behind', () => {
    const spec = small({ inner: { steps: 2, test: 8 } });
    const theta = someTheta(spec);
    const generation = { kind: 'generation', spec, generation: 0, sigma: 0.05, theta } as const;
    const trials: TrialWork = { kind: 'trials', spec, domain: DOMAIN.report, generation: 0, trials: 9, learner: { kind: 'rule', theta } };
    const counts = Array.from({ length: 100 }, (_, i) => {
      tfjs.evaluate({ work: i % 2 === 0 ? generation : trials, first: i, count: 1 });
      return tf.memory();
    });
    expect(new Set(counts.map(({ numTensors }) => numTensors)).size).toBe(1);
    expect(new Set(counts.map(({ numBytes }) => numBytes)).size).toBe(1);
  });

  it('caps losses, keeps weights bounded, and refuses θ of another rule', () => {
    const spec = small({ objective: { cap: 0.3 } });
    const theta = someTheta(spec);
    const work = { kind: 'generation', spec, generation: 0, sigma: 0.05, theta } as const;
    const losses = tfjs.evaluate({ work, first: 0, count: 4 });
    expect(largestDifference(losses, kernel.evaluate({ work, first: 0, count: 4 }))).toBeLessThan(1e-4);
    expect(Math.max(...losses)).toBe(Math.fround(0.3));
    // A rule whose weights run away meets the bound of 10 in both.
    const wild = { ...work, spec: small({}), theta: theta.map((x) => 40 * x) } as const;
    expect(tfjs.evaluate({ work: wild, first: 0, count: 3 }).every((x) => x >= 0 && x <= 3)).toBe(true);
    const other = { ...work, theta: new Float32Array(3) } as const;
    expect(() => tfjs.evaluate({ work: other, first: 0, count: 1 })).toThrow('θ has 3 numbers, this rule 477');
  });

  it('computes the same in plain JavaScript, and says which backend it has', async () => {
    const spec = small({ network: { hidden: [9, 5] }, inner: { steps: 3 } });
    const work = { kind: 'generation', spec, generation: 1, sigma: 0.05, theta: someTheta(spec) } as const;
    const wasm = tfjs.evaluate({ work, first: 0, count: 2 });
    expect(tfjs.name).toBe('tfjs/wasm');
    const cpu = await TfjsEngine.start(['cpu']);
    expect(cpu.name).toBe('tfjs/cpu');
    expect(tf.getBackend()).toBe('cpu');
    expect(largestDifference(cpu.evaluate({ work, first: 0, count: 2 }), wasm)).toBeLessThan(1e-5);
    await TfjsEngine.start(['wasm']);
  });
});

describe('startBackend', () => {
  it('takes the first that works', async () => {
    expect(hasTfjs()).toBe(true);
    expect(TFJS_BACKENDS).toContain(await startBackend());
    expect(await startBackend(['wasm', 'cpu'])).toBe('wasm');
  });

  it('says why none does', async () => {
    await expect(startBackend(['webgpu' as 'cpu'])).rejects.toThrow(/^TensorFlow.js cannot be used: webgpu: .*npm install/);
  });
});
