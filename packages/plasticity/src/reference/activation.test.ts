import { tanh } from '@metaplast/kernel';
import { describe, expect, it } from 'vitest';
import { rationalTanh, rationalTanhSlope } from './activation.js';

describe('the rational tanh', () => {
  it('is within 5e-5 of tanh, and the kernel’s to float32 precision', () => {
    for (let x = -8; x <= 8; x += 1 / 64) {
      expect(Math.abs(rationalTanh(x) - Math.tanh(x))).toBeLessThan(5e-5);
      expect(Math.abs(rationalTanh(x) - tanh(x))).toBeLessThan(3e-7);
    }
    expect(rationalTanh(0)).toBe(0);
    expect(rationalTanh(Number.POSITIVE_INFINITY)).toBe(rationalTanh(5));
  });

  it('has the slope of its own values', () => {
    for (let x = -4.9; x <= 4.9; x += 0.1) {
      const quotient = (rationalTanh(x + 1e-5) - rationalTanh(x - 1e-5)) / 2e-5;
      expect(Math.abs(rationalTanhSlope(x, rationalTanh(x)) - quotient)).toBeLessThan(1e-9);
    }
    expect(rationalTanhSlope(6, rationalTanh(6))).toBe(0);
    expect(rationalTanhSlope(-5, rationalTanh(-5))).toBe(0);
  });
});
