import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { learningRateAt, sigmaAt } from './schedules.js';

describe('sigmaAt', () => {
  const { outer } = resolveSpec({ outer: { generations: 101, sigma: { initial: 0.5, final: 0.125 } } });

  it('goes by half a cosine from initial to final', () => {
    expect(sigmaAt(outer, 0)).toBe(0.5);
    expect(sigmaAt(outer, 50)).toBe(0.3125);
    expect(sigmaAt(outer, 100)).toBe(0.125);
    expect(sigmaAt(outer, 25)).toBeCloseTo(0.3125 + 0.1875 * Math.SQRT1_2, 6);
  });

  it('is constant, and what the kernel computes with, when both ends are equal or there is one generation', () => {
    const { outer: constant } = resolveSpec({ outer: { generations: 7, sigma: { initial: 0.03, final: 0.03 } } });
    for (let g = 0; g < 7; g++) expect(sigmaAt(constant, g)).toBe(Math.fround(0.03));
    expect(sigmaAt({ ...outer, generations: 1 }, 0)).toBe(0.5);
  });
});

describe('learningRateAt', () => {
  const { outer } = resolveSpec({ outer: { generations: 50, learningRate: { peak: 0.4, warmup: 10 } } });

  it('warms up linearly, then goes by half a cosine that reaches 0 after the last generation', () => {
    expect(learningRateAt(outer, 0)).toBeCloseTo(0.04, 12);
    expect(learningRateAt(outer, 4)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(outer, 9)).toBe(0.4);
    expect(learningRateAt(outer, 10)).toBe(0.4);
    expect(learningRateAt(outer, 30)).toBeCloseTo(0.2, 12);
    const last = learningRateAt(outer, 49);
    expect(last).toBeGreaterThan(0);
    expect(last).toBeCloseTo(0.2 * (1 - Math.cos(Math.PI / 40)), 7);
    expect(learningRateAt(outer, 50)).toBe(0);
  });

  it('stays at the peak with decay constant', () => {
    const constant = { ...outer, learningRate: { peak: 0.4, warmup: 2, decay: 'constant' as const } };
    expect([0, 1, 2, 30, 49].map((g) => learningRateAt(constant, g))).toEqual([0.2, 0.4, 0.4, 0.4, 0.4]);
  });

  it('does without warm-up, and bears one longer than the run', () => {
    expect(learningRateAt({ ...outer, learningRate: { peak: 0.4, warmup: 0, decay: 'cosine' } }, 0)).toBe(0.4);
    expect(learningRateAt({ ...outer, learningRate: { peak: 0.4, warmup: 100, decay: 'cosine' } }, 49)).toBeCloseTo(0.2, 12);
  });
});
