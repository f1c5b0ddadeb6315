// The kernel as the engines use it: golden identity, sharing within the pair, independence of how work is cut.
import { describe, expect, it } from 'vitest';
import { type KernelConfig, PARAMETERS, thetaLength } from './config.js';
import { KERNEL_IDENTITY, kernelIdentity } from './identity.js';
import { Kernel } from './kernel.js';
import { gaussian, perturbation } from './math.js';
import { DOMAIN } from './random.js';

const params = {
  rotation: { uniform: [0, 1] },
  scale: 1,
  stretch: 0,
  offset: 0,
  separation: 0,
  noise: 0.1,
  balance: 0.5,
  labelSwap: 0,
} as const;
const config: KernelConfig = {
  inputs: 2,
  classes: 2,
  hidden: [[32]],
  rule: { hidden: [16, 16], prior: true, lateral: true },
  steps: 10,
  labelled: [10],
  unlabelled: 10,
  test: 128,
  lossCap: 3,
  tasks: [{ family: 'two-moons', weight: 1, params }],
};
const address = { domain: DOMAIN.training, generation: 4, pair: 0, task: 0 };
const theta = gaussian(5, address, 40, new Float32Array(thetaLength(config.rule.hidden))).map((x) => 0.3 * x);

function kernel(over: Partial<KernelConfig> = {}): Kernel {
  const k = new Kernel({ ...config, ...over });
  k.setSeed(11);
  k.setTheta(theta);
  return k;
}

describe('identity', () => {
  it('is the committed one', () => {
    expect(kernelIdentity()).toBe(KERNEL_IDENTITY);
  });
});

describe('pair losses', () => {
  it('do not depend on how the pairs are cut into calls, nor on what was computed before', () => {
    const k = kernel();
    const whole = k.pairLosses(4, 0, 12, 2, 0.1);
    k.trials(DOMAIN.report, 0, 0, 3);
    const parts = [0, 1, 5, 6].map((first, i, all) => k.pairLosses(4, first, (all[i + 1] ?? 12) - first, 2, 0.1));
    expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
    expect(new Set(whole).size).toBe(48);
  });

  it('are the losses of θ + σε and θ - σε on the same task, initial weights and batches', () => {
    const k = kernel();
    const losses = k.pairLosses(4, 3, 1, 1, 0.1);
    const epsilon = perturbation(11, 4, 3, new Float32Array(theta.length));
    const member = (sign: number): number => {
      k.setTheta(theta.map((x, i) => x + sign * Math.fround(Math.fround(0.1) * epsilon[i]!)));
      k.prepare({ ...address, pair: 3 });
      k.begin();
      for (let t = 0; t < config.steps; t++) k.step(t);
      return k.measure().crossEntropy;
    };
    expect([...losses]).toEqual([member(1), member(-1)]);
  });

  it('are equal within the pair when σ is 0, and capped', () => {
    const losses = kernel({ lossCap: 0.5 }).pairLosses(4, 0, 8, 1, 0);
    for (let p = 0; p < 8; p++) expect(losses[2 * p]).toBe(losses[2 * p + 1]);
    expect(Math.max(...losses)).toBe(0.5);
  });

  it('stay finite whatever θ is', () => {
    for (const sigma of [10, 1e10, 1e25, 1e38]) {
      for (const loss of kernel({ lossCap: 1e6 }).pairLosses(0, 0, 8, 1, sigma)) expect(Number.isFinite(loss)).toBe(true);
    }
  });
});

describe('trials', () => {
  it('measure what stepping by hand measures', () => {
    const k = kernel();
    const [, trial] = k.trials(DOMAIN.report, 2, 5, 2);
    k.prepare({ domain: DOMAIN.report, generation: 2, pair: 6, task: 0 });
    k.begin();
    for (let t = 0; t < config.steps; t++) k.step(t);
    expect(k.measure()).toEqual(trial);
    const { test } = k.data();
    const probabilities = k.predict(test.points);
    const right = test.labels.filter((label, i) => probabilities[2 * i + label]! > 0.5).length;
    expect(trial!.accuracy).toBeCloseTo(right / test.labels.length, 6);
    const crossEntropy = test.labels.reduce((sum, label, i) => sum - Math.log(probabilities[2 * i + label]!), 0) / test.labels.length;
    expect(trial!.crossEntropy).toBeCloseTo(crossEntropy, 5);
  });

  it('predict the same for points one by one and all together', () => {
    const k = kernel();
    k.prepare(address);
    k.begin();
    const points = k.data().test.points;
    const all = k.predict(points);
    for (let i = 0; i < 128; i += 17) expect([...k.predict(points.slice(2 * i, 2 * i + 2))]).toEqual([...all.slice(2 * i, 2 * i + 2)]);
  });
});

describe('tasks', () => {
  it('have the labels, shares and sizes that the configuration says', () => {
    const k = kernel({
      labelled: [6, 9],
      hidden: [[8, 24]],
      tasks: [{ family: 'two-moons', weight: 1, params: { ...params, balance: 0.3 } }],
    });
    const seen = new Set<string>();
    let zeros = 0;
    for (let pair = 0; pair < 200; pair++) {
      k.prepare({ ...address, pair });
      const { labelled, unlabelled, test } = k.data();
      seen.add(`${labelled.labels.length} ${k.widths()[1]}`);
      expect(labelled.labels.filter((y) => y === 0).length).toBe(Math.round(0.3 * labelled.labels.length));
      expect(test.labels.filter((y) => y === 0).length).toBe(38);
      expect(unlabelled.labels.length).toBe(100);
      zeros += unlabelled.labels.filter((y) => y === 0).length;
    }
    expect([...seen].sort()).toEqual(['6 24', '6 8', '9 24', '9 8']);
    expect(Math.abs(zeros / 20_000 - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / 20_000));
  });

  it('come from the components in proportion to their weights', () => {
    const moons = { family: 'two-moons', weight: 1, params: { ...params, offset: 0 } } as const;
    const k = kernel({ tasks: [moons, { family: 'circles', weight: 3, params: { ...params, separation: 0.5, noise: 0 } }] });
    let circles = 0;
    for (let pair = 0; pair < 1000; pair++) {
      k.prepare({ ...address, pair });
      const { points, labels } = k.data().test;
      // Without noise every point of the outer circle has norm 1.
      const first = labels.indexOf(0);
      if (Math.abs(Math.hypot(points[2 * first]!, points[2 * first + 1]!) - 1) < 1e-5) circles++;
    }
    expect(Math.abs(circles / 1000 - 0.75)).toBeLessThan(5 * Math.sqrt(0.1875 / 1000));
  });

  it('knows every parameter by name', () => {
    expect(Object.keys(params).sort()).toEqual([...PARAMETERS].sort());
  });
});

it('refuses a θ of another length', () => {
  expect(() => kernel().setTheta(new Float32Array(3))).toThrow('θ has 3 numbers, this rule 477');
});
