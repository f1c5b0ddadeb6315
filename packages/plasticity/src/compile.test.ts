import { FAMILIES, PARAMETERS, thetaLength } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { initialTheta, kernelConfig } from './compile.js';
import { FAMILY_DEFAULTS } from './families.js';

const moments = (values: Float32Array): { mean: number; sd: number } => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
};

describe('the start of θ', () => {
  it('has 477 numbers in the standard rule, scaled as docs/rule.md says', () => {
    const theta = initialTheta(resolveSpec({}));
    expect(theta.length).toBe(477);
    expect([...theta.subarray(64, 80)]).toEqual(new Array(16).fill(0));
    expect([...theta.subarray(336, 352)]).toEqual(new Array(16).fill(0));
    expect([...theta.subarray(464, 471)]).toEqual(new Array(7).fill(0));
    expect([...theta.subarray(471)]).toEqual([0, 0, 0, -3, 0, 0]);
    // Standard deviations ½, ¼ and 0.1 · ¼; the standard error of one of n numbers is sd / √(2n).
    for (const [from, to, sd] of [
      [0, 64, 1 / 2],
      [80, 336, 1 / 4],
      [352, 464, 1 / 40],
    ] as const) {
      expect(Math.abs(moments(theta.subarray(from, to)).sd / sd - 1)).toBeLessThan(3 / Math.sqrt(2 * (to - from)));
    }
  });

  it('belongs to the seed and follows the spec', () => {
    expect([...initialTheta(resolveSpec({ seed: 2 }))]).not.toEqual([...initialTheta(resolveSpec({ seed: 3 }))]);
    expect([...initialTheta(resolveSpec({ seed: 2 }))]).toEqual([...initialTheta(resolveSpec({ seed: 2 }))]);
    const rule = { hidden: [5], initialOutputScale: 0, initialLogRate: -1, initialDecayLogit: -3 };
    const theta = initialTheta(resolveSpec({ rule }));
    expect(theta.length).toBe(thetaLength([5]));
    expect([...theta.subarray(25, 67)].every((value) => value === 0)).toBe(true);
    expect([...theta.subarray(67)]).toEqual([-1, -1, -1, -3, -3, -3]);
    const each = initialTheta(resolveSpec({ rule: { ...rule, initialDecayLogit: [-4, -2, -1] } }));
    expect([...each.subarray(67)]).toEqual([-1, -1, -1, -4, -2, -1]);
  });
});

describe('the kernel’s configuration', () => {
  it('carries every field of a spec', () => {
    const spec = resolveSpec({
      network: { hidden: [{ choice: [16, 32] }, 8] },
      rule: { hidden: [8], prior: 'none', lateral: false },
      inner: { steps: 7, labelled: { choice: [9, 12] }, unlabelled: 3, test: 65 },
      objective: { cap: 2 },
      tasks: [{ family: 'blobs', dimensions: 5, classes: 4, weight: 3, params: { noise: { uniform: [0.1, 0.2] } } }],
      evaluation: { families: [{ family: 'blobs', dimensions: 5, classes: 4 }] },
    });
    expect(kernelConfig(spec)).toEqual({
      inputs: 5,
      classes: 4,
      hidden: [[16, 32], [8]],
      rule: { hidden: [8], prior: false, lateral: false },
      steps: 7,
      labelled: [9, 12],
      unlabelled: 3,
      test: 65,
      lossCap: 2,
      tasks: [{ family: 'blobs', weight: 3, params: { ...FAMILY_DEFAULTS.blobs, balance: 0.25, noise: { uniform: [0.1, 0.2] } } }],
    });
  });
});

describe('the registry of families', () => {
  it('has every family of the kernel, with defaults that a spec may spell out', () => {
    expect(Object.keys(FAMILY_DEFAULTS)).toEqual([...FAMILIES]);
    for (const family of FAMILIES) {
      const defaults = FAMILY_DEFAULTS[family];
      expect(Object.keys(defaults)).toEqual([...PARAMETERS]);
      const params = structuredClone(defaults) as Record<string, number>;
      const spelled = resolveSpec({ tasks: [{ family, params }] });
      expect(kernelConfig(spelled)).toEqual(kernelConfig(resolveSpec({ tasks: [{ family }] })));
    }
  });
});
