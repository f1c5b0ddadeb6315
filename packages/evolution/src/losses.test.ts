import { describe, expect, it } from 'vitest';
import { capLosses, memberLosses } from './losses.js';

describe('memberLosses', () => {
  it('averages [pair][task][+, -] over the tasks', () => {
    const losses = Float64Array.of(1, 0.5, 2, 0.25, 3, 0.75, 0.5, 1, 0.5, 2, 0.5, 1.5);
    expect(memberLosses(losses, 3)).toEqual(Float64Array.of(2, 0.5, 0.5, 1.5));
  });
});

describe('capLosses', () => {
  it('counts what is not finite, or at the cap or above, and takes it as the cap', () => {
    const losses = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 2.5, Number.NEGATIVE_INFINITY, 3, 4, 0.5);
    expect(capLosses(losses, 4, 1, 2.5)).toEqual({
      values: Float64Array.of(2.5, 1, 2.5, 2.5, 2.5, 2.5, 2.5, 0.5),
      nonFinite: 3,
      capped: 3,
    });
  });

  it('replaces a single loss, not its member, and takes the cap as the float32 the kernel caps with', () => {
    const cap = 0.1;
    const { values, ...counts } = capLosses(Float32Array.of(Number.NaN, 0.05, 0, cap), 1, 2, cap);
    expect(counts).toEqual({ nonFinite: 1, capped: 1 });
    expect(memberLosses(values, 2)).toEqual(Float64Array.of(Math.fround(cap) / 2, (Math.fround(0.05) + Math.fround(cap)) / 2));
  });

  it.each([0, 7, 9])('refuses %i losses for 2 pairs on 2 tasks', (count) => {
    expect(() => capLosses(new Float32Array(count), 2, 2, 3)).toThrow(
      new RangeError(`2 pairs on 2 tasks each have 8 losses, got ${count}`),
    );
  });
});
