import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { learningRateAt, sigmaAt } from './schedules.js';

describe('sigmaAt', () => {
  const spec = resolveSpec({ outer: { generations: 101, sigma: { initial: 0.5, final: 0.125 } } });

  it('goes by half a cosine from initial to final', () => {
    expect(sigmaAt(spec, 0)).toBe(0.5);
    expect(sigmaAt(spec, 50)).toBe(0.3125);
    expect(sigmaAt(spec, 100)).toBe(0.125);
    expect(sigmaAt(spec, 25)).toBeCloseTo(0.3125 + 0.1875 * Math.SQRT1_2, 6);
  });

  it('is constant, and what the kernel computes with, when both ends are equal or there is one generation', () => {
    const constant = resolveSpec({ outer: { generations: 7, sigma: { initial: 0.03, final: 0.03 } } });
    for (let g = 0; g < 7; g++) expect(sigmaAt(constant, g)).toBe(Math.fround(0.03));
    expect(sigmaAt(resolveSpec({ outer: { generations: 1, sigma: { initial: 0.5 } } }), 0)).toBe(0.5);
  });
});

describe('learningRateAt', () => {
  const spec = resolveSpec({ outer: { generations: 50, learningRate: { peak: 0.4, warmup: 10 } } });

  it('warms up linearly, then goes by half a cosine that reaches 0 after the last generation', () => {
    expect(learningRateAt(spec, 0)).toBeCloseTo(0.04, 12);
    expect(learningRateAt(spec, 4)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(spec, 9)).toBe(0.4);
    expect(learningRateAt(spec, 10)).toBe(0.4);
    expect(learningRateAt(spec, 30)).toBeCloseTo(0.2, 12);
    const last = learningRateAt(spec, 49);
    expect(last).toBeGreaterThan(0);
    expect(last).toBeCloseTo(0.2 * (1 - Math.cos(Math.PI / 40)), 7);
    expect(learningRateAt(spec, 50)).toBe(0);
  });

  it('stays at the peak with decay constant', () => {
    const constant = resolveSpec({ outer: { generations: 50, learningRate: { peak: 0.4, warmup: 2, decay: 'constant' } } });
    expect([0, 1, 2, 30, 49].map((g) => learningRateAt(constant, g))).toEqual([0.2, 0.4, 0.4, 0.4, 0.4]);
  });

  const withWarmup = (warmup: number) => resolveSpec({ outer: { generations: 50, learningRate: { peak: 0.4, warmup } } });

  it('does without warm-up, and bears one longer than the run', () => {
    expect(learningRateAt(withWarmup(0), 0)).toBe(0.4);
    expect(learningRateAt(withWarmup(100), 49)).toBeCloseTo(0.2, 12);
  });
});

describe('a stage with schedules of its own', () => {
  const own = { sigma: { initial: 0.5, final: 0.25 }, learningRate: { peak: 0.4, warmup: 2 } };
  const outer = { sigma: { initial: 0.125, final: 0.0625 }, learningRate: { peak: 0.1, warmup: 1 } };
  const staged = resolveSpec({ outer: { ...outer, generations: 30 }, stages: [{ generations: 10, outer: own }] });

  it('goes as a run of its length would, and what follows begins anew', () => {
    const first = resolveSpec({ outer: { ...own, generations: 10 } });
    const second = resolveSpec({ outer: { ...outer, generations: 20 } });
    for (const at of [sigmaAt, learningRateAt]) {
      for (let g = 0; g < 10; g++) expect(at(staged, g)).toBe(at(first, g));
      for (let g = 0; g < 20; g++) expect(at(staged, 10 + g)).toBe(at(second, g));
    }
  });
});
