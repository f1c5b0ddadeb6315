import { DOMAIN, exp, Kernel } from '@metaplast/kernel';
import { BASELINE_KINDS, resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { kernelConfig } from '../compile.js';
import { initialTheta } from '../index.js';
import { BackpropNetwork } from './backprop.js';
import { joinedBatch } from './batch.js';
import { ENTROPY_MINIMISATION } from './entropy-minimisation.js';
import { FEEDBACK_ALIGNMENT } from './feedback-alignment.js';
import { LABEL_SPREADING, spreadLabels } from './label-spreading.js';
import { PSEUDO_LABELS } from './pseudo-labels.js';
import { BASELINES } from './registry.js';
import { SGD } from './supervised.js';
import { baselineTrials, measuredSteps, preparedTask, ruleTrials, substituteUnlabelled } from './trials.js';

const spec = resolveSpec({});
const AT = { domain: DOMAIN.validation, generation: 0, pair: 0, task: 0 } as const;

function prepared(pair = 0, change: Parameters<typeof resolveSpec>[0] = {}): Kernel {
  const kernel = new Kernel(kernelConfig(resolveSpec(change)));
  kernel.setSeed(1);
  kernel.setTheta(initialTheta(spec));
  kernel.prepare({ ...AT, pair });
  return kernel;
}

/** Difference quotient of a loss of the class probabilities, by each parameter of a network. */
function quotients(network: BackpropNetwork, loss: () => number): number[] {
  const h = 1e-3;
  return Array.from(network.parameters, (value, i) => {
    network.parameters[i] = value + h;
    const up = loss();
    network.parameters[i] = value - h;
    const down = loss();
    network.parameters[i] = value;
    return (up - down) / (2 * h);
  });
}

describe('the registry', () => {
  it('has every kind, each with a grid of its hyperparameters, and each trains', () => {
    expect(Object.keys(BASELINES)).toEqual([...BASELINE_KINDS]);
    for (const [kind, baseline] of Object.entries(BASELINES)) {
      expect(baseline.kind).toBe(kind);
      for (const setting of baseline.grid) expect(setting).toHaveLength(baseline.hyperparameters.length);
      expect(new Set(baseline.grid.map(String)).size).toBe(baseline.grid.length);
      const setting = [...baseline.grid[Math.floor(baseline.grid.length / 2)]!];
      const [start, end] = baselineTrials(prepared(1), { kind: baseline.kind, settings: [setting] }, [0, 50]);
      expect(end!.crossEntropy, kind).toBeLessThan(start!.crossEntropy);
    }
  });
});

describe('all labels', () => {
  it('learns from the rule’s batches with their true labels, and gets nearer to the truth than ten labels do', () => {
    const task = preparedTask(prepared());
    const batch = joinedBatch(task, 3);
    expect(batch.labels).toEqual(Int32Array.from([...task.data.labelled.labels, ...task.data.unlabelled.labels.subarray(30, 40)]));
    expect(batch.points.subarray(20)).toEqual(task.data.unlabelled.points.subarray(60, 80));
    const mean = (kind: 'all-labels' | 'adam', rate: number): number => {
      const accuracies = Array.from({ length: 20 }, (_, pair) => baselineTrials(prepared(pair), { kind, settings: [[rate]] })[0]!.accuracy);
      return accuracies.reduce((a, b) => a + b) / 20;
    };
    expect(mean('all-labels', 0.05)).toBeGreaterThan(mean('adam', 0.02) + 0.05);
  });
});

describe('feedback alignment', () => {
  it('is backprop at the top layer, and goes down through V instead of Wᵀ', () => {
    const task = preparedTask(prepared(0, { network: { hidden: [3] } }));
    const back = SGD.start(task, [0.5]);
    const aligned = FEEDBACK_ALIGNMENT.start(task, [0.5]);
    back.step(0);
    aligned.step(0);
    const [a, b] = [aligned.network, back.network];
    // 2 → 3 → 2: 6 weights and 3 biases below, 6 and 2 at the top.
    expect(a.parameters.subarray(9)).toEqual(b.parameters.subarray(9));
    expect(a.parameters.subarray(0, 9)).not.toEqual(b.parameters.subarray(0, 9));
    // With V = Wᵀ both are the same.
    const top = task.initial[1]!;
    const feedback = Float32Array.from(top.forward, (_, e) => top.forward[(e % 2) * 3 + Math.floor(e / 2)]!);
    const tied = FEEDBACK_ALIGNMENT.start({ ...task, initial: [task.initial[0]!, { ...top, feedback }] }, [0.5]);
    tied.step(0);
    expect(tied.network.parameters).toEqual(b.parameters);
  });
});

describe('pseudo-labels and entropy minimisation', () => {
  const task = preparedTask(prepared(2, { network: { hidden: [4] } }));
  const unlabelled = joinedBatch(task, 0).points.subarray(20);

  it('entropy: the step goes down the difference quotient of supervised loss plus weight times entropy', () => {
    const trainee = ENTROPY_MINIMISATION.start(task, [1, 0.3]);
    const before = new BackpropNetwork(task.initial);
    const loss = (): number => {
      let entropy = 0;
      for (const p of before.predict(unlabelled)) entropy -= (p * Math.log(p)) / 10;
      return before.score(task.data.labelled).crossEntropy + 0.3 * entropy;
    };
    const expected = quotients(before, loss);
    trainee.step(0);
    expected.forEach((g, i) => {
      expect(trainee.network.parameters[i]!).toBeCloseTo(before.parameters[i]! - g, 3);
    });
  });

  it('pseudo-labels: the same with the cross-entropy to guesses of at least .8', () => {
    const trainee = PSEUDO_LABELS.start(task, [1, 0.3]);
    // Trained a little first, so that some guesses are sure and some are not.
    for (let t = 0; t < 4; t++) trainee.step(0);
    const now = trainee.network;
    const guesses = Array.from({ length: 10 }, (_, i) => {
      const [p, q] = now.predict(unlabelled).subarray(2 * i, 2 * i + 2);
      return Math.max(p!, q!) < 0.8 ? undefined : p! >= q! ? 0 : 1;
    });
    expect(guesses).toContain(undefined);
    expect(guesses.some((guess) => guess !== undefined)).toBe(true);
    const loss = (): number => {
      const p = now.predict(unlabelled);
      const sure = guesses.map((guess, i) => (guess === undefined ? 0 : -Math.log(p[2 * i + guess]!)));
      return now.score(task.data.labelled).crossEntropy + (0.3 * sure.reduce((a, b) => a + b)) / 10;
    };
    const expected = quotients(now, loss);
    const before = now.parameters.slice();
    trainee.step(0);
    expected.forEach((g, i) => {
      expect(now.parameters[i]!).toBeCloseTo(before[i]! - g, 3);
    });
  });
});

describe('label spreading', () => {
  it('equals the closed form on three points in a row: F = (1 − α)(I − αS)⁻¹ Y', () => {
    // Distances 1, 1, 2, γ = 1: affinities a = e⁻¹ between neighbours, b = e⁻⁴ between the ends.
    const [alpha, a, b] = [0.5, exp(-1), exp(-4)];
    const [ends, middle] = [a + b, 2 * a];
    const side = (alpha * a) / Math.sqrt(ends * middle);
    const across = (alpha * b) / ends;
    // (I − αS) F = (1 − α) Y for Y = (1, 0, 0), solved by hand: u and v are F's sum and difference at the ends.
    const u = (1 - alpha) / (1 - across - 2 * side * side);
    const v = (1 - alpha) / (1 + across);
    const f = spreadLabels(Float32Array.of(0, 1, 2), Int32Array.of(0), 1, 1, 1, alpha, { rounds: 60, tolerance: 0 });
    expect(f[0]).toBeCloseTo((u + v) / 2, 6);
    expect(f[1]).toBeCloseTo(side * u, 6);
    expect(f[2]).toBeCloseTo((u - v) / 2, 6);
  });

  it('sees only what came by: at first the labelled points, at the end all', () => {
    const task = preparedTask(prepared(1));
    const trainee = LABEL_SPREADING.start(task, [10, 0.9]);
    const before = trainee.measure();
    for (let t = 0; t < 50; t++) trainee.step(t);
    expect(trainee.measure().accuracy).toBeGreaterThan(before.accuracy);
    expect(trainee.measure().accuracy).toBeGreaterThan(0.95);
    for (let i = 0, p = trainee.predict(task.data.test.points); i < p.length; i += 2) expect(p[i]! + p[i + 1]!).toBeCloseTo(1, 5);
  });
});

describe('trials along the way', () => {
  it('end with what a trial of all steps gives, and change nothing on it', () => {
    const kernel = prepared();
    const [whole] = kernel.trials(DOMAIN.validation, 0, 0, 1);
    kernel.prepare(AT);
    const along = ruleTrials(kernel, [0, 1, 25, 50]);
    expect(along[3]).toEqual(whole);
    expect(along[0]).not.toEqual(along[1]);
    const few = prepared(0, { inner: { steps: 25 } });
    expect(ruleTrials(few)[0]).toEqual(along[2]);
    const [end] = baselineTrials(prepared(), { kind: 'sgd', settings: [[0.5]] });
    expect(baselineTrials(prepared(), { kind: 'sgd', settings: [[0.5]] }, [3, 50])[1]).toEqual(end);
  });

  it('take every step once, in order', () => {
    const steps: number[] = [];
    const measure = () => ({ crossEntropy: 0, accuracy: steps.length, trainCrossEntropy: 0 });
    const trials = measuredSteps({ step: (t) => steps.push(t), measure }, 4, [0, 2, 4]);
    expect(steps).toEqual([0, 1, 2, 3]);
    expect(trials.map((t) => t.accuracy)).toEqual([0, 2, 4]);
  });
});

describe('substitutes of the unlabelled points', () => {
  it('are the labelled ones in turn, or N(0, I) of an address of its own', () => {
    const kernel = prepared();
    const before = kernel.data();
    substituteUnlabelled(kernel, 'labelled-copies', 1, AT);
    const copies = kernel.data();
    expect(copies.labelled).toEqual(before.labelled);
    expect(copies.test).toEqual(before.test);
    expect(copies.unlabelled.points.subarray(0, 20)).toEqual(before.labelled.points);
    expect(copies.unlabelled.points.subarray(980)).toEqual(before.labelled.points);
    substituteUnlabelled(kernel, 'noise', 1, AT);
    const { points } = kernel.data().unlabelled;
    expect(new Set(points).size).toBeGreaterThan(990);
    expect(points.reduce((sum, x) => sum + x * x) / points.length).toBeCloseTo(1, 0);
  });

  it('change what the rule learns', () => {
    const accuracies = (['labelled-copies', 'noise', undefined] as const).map((substitute) => {
      const kernel = prepared();
      if (substitute) substituteUnlabelled(kernel, substitute, 1, AT);
      return ruleTrials(kernel)[0]!.crossEntropy;
    });
    expect(new Set(accuracies).size).toBe(3);
  });
});
