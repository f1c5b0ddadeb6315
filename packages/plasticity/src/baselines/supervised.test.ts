import { DOMAIN, Kernel, type Trial } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { kernelConfig } from '../compile.js';
import { BackpropNetwork } from './backprop.js';
import { baselineTrials, bestLearningRate, LEARNING_RATES, trainBackprop } from './supervised.js';

const STANDARD = kernelConfig(resolveSpec({}));

function prepared(pair: number): Kernel {
  const kernel = new Kernel(STANDARD);
  kernel.setSeed(1);
  kernel.prepare({ domain: DOMAIN.validation, generation: 0, pair, task: 0 });
  kernel.begin();
  return kernel;
}

describe('one step', () => {
  const kernel = prepared(0);
  const data = kernel.data();
  const start = new BackpropNetwork(kernel.weights());
  start.computeGradient(data.labelled);

  it('of SGD goes down the gradient by the learning rate', () => {
    const after = trainBackprop(data, kernel.weights(), 1, { kind: 'sgd', learningRate: 0.25 }).parameters;
    after.forEach((p, i) => {
      expect(p).toBe(start.parameters[i]! - 0.25 * start.gradient[i]!);
    });
  });

  it('of Adam moves every parameter by the learning rate against its gradient’s sign', () => {
    const after = trainBackprop(data, kernel.weights(), 1, { kind: 'adam', learningRate: 0.125 }).parameters;
    after.forEach((p, i) => {
      const g = start.gradient[i]!;
      expect(p - start.parameters[i]!).toBeCloseTo((-0.125 * g) / (Math.abs(g) + 1e-8), 10);
    });
  });
});

describe('the baselines', () => {
  it('fit their ten labels', () => {
    for (let pair = 0; pair < 5; pair++) {
      const kernel = prepared(pair);
      for (const learner of [
        { kind: 'sgd', learningRates: [1.3] },
        { kind: 'adam', learningRates: [0.1] },
      ] as const) {
        const untrained = kernel.measure().trainCrossEntropy;
        const [trial] = baselineTrials(kernel, { kind: learner.kind, learningRates: [...learner.learningRates] });
        expect(trial!.trainCrossEntropy).toBeLessThan(0.3 * untrained);
      }
    }
  });

  it('do not depend on θ, on each other or on what the kernel did before', () => {
    const learningRates = [0.2, 0.5];
    const both = baselineTrials(prepared(4), { kind: 'sgd', learningRates });
    const kernel = prepared(4);
    kernel.setTheta(new Float32Array(477).fill(0.1));
    kernel.begin();
    for (let t = 0; t < 5; t++) kernel.step(t);
    expect(baselineTrials(kernel, { kind: 'sgd', learningRates: [0.5] })).toEqual([both[1]]);
  });

  it('reach the accuracy on two-moons that SCIENCE measured: SGD .866, Adam .860 on 1000 tasks; here 150', { timeout: 30_000 }, () => {
    const trials = (kind: 'sgd' | 'adam', learningRate: number): number[] => {
      const kernel = new Kernel(STANDARD);
      kernel.setSeed(1);
      return Array.from({ length: 150 }, (_, pair) => {
        kernel.prepare({ domain: DOMAIN.validation, generation: 0, pair, task: 0 });
        return baselineTrials(kernel, { kind, learningRates: [learningRate] })[0]!.accuracy;
      });
    };
    // The standard error of 150 tasks is .0055.
    for (const [accuracies, expected] of [
      [trials('sgd', 0.5), 0.866],
      [trials('adam', 0.02), 0.86],
    ] as const) {
      const mean = accuracies.reduce((a, b) => a + b) / accuracies.length;
      expect(Math.abs(mean - expected)).toBeLessThan(0.016);
    }
  });
});

describe('the choice of the learning rate', () => {
  const trial = (accuracy: number, crossEntropy = 1): Trial => ({ accuracy, crossEntropy, trainCrossEntropy: 0 });

  it('takes the highest mean test accuracy, whatever the losses', () => {
    const tasks = [
      [trial(0.5, 0.1), trial(0.9), trial(0.6)],
      [trial(0.9, 0.1), trial(0.7), trial(0.8)],
      [trial(0.6, 0.1), trial(0.6), trial(0.7)],
    ];
    expect(bestLearningRate([0.1, 1, 10], tasks)).toBe(1); // 2.0, 2.2, 2.1
  });

  it('takes the first of equal ones', () => {
    expect(bestLearningRate([0.1, 1], [[trial(0.5), trial(0.5)]])).toBe(0.1);
  });

  it('refuses to choose on nothing or on half of the trials', () => {
    expect(() => bestLearningRate([], [])).toThrow(RangeError);
    expect(() => bestLearningRate([1], [])).toThrow(RangeError);
    expect(() => bestLearningRate([1, 2], [[trial(0.5)]])).toThrow('a task has 1 trials, not 2');
  });

  it('is among nine values each, over the ranges of SCIENCE, with the best ones on two-moons', () => {
    expect(LEARNING_RATES.sgd).toHaveLength(9);
    expect(LEARNING_RATES.adam).toHaveLength(9);
    expect([LEARNING_RATES.sgd[0], LEARNING_RATES.sgd[8]]).toEqual([0.003, 10]);
    expect([LEARNING_RATES.adam[0], LEARNING_RATES.adam[8]]).toEqual([0.0003, 0.5]);
    expect(LEARNING_RATES.sgd).toContain(0.5);
    expect(LEARNING_RATES.adam).toContain(0.02);
  });
});
