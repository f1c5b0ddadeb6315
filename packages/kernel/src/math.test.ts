// Error bounds of the kernel's mathematics over the whole range of float32, and its special values.
import { describe, expect, it } from 'vitest';
import { cosTurns, exp, log, sinTurns, tanh } from './math.js';

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Some 300,000 floats: every 14,321st bit pattern, so all signs and exponents, denormals included, NaN and ∞ not. */
function* floats(): Generator<number> {
  for (let pattern = 0; pattern < 2 ** 32; pattern += 14_321) {
    bits[0] = pattern;
    if (Number.isFinite(float[0])) yield float[0]!;
  }
}
/** `n` floats evenly spaced in [low, high]. */
function* grid(low: number, high: number, n: number): Generator<number> {
  for (let i = 0; i <= n; i++) yield Math.fround(low + ((high - low) * i) / n);
}

/** Largest error over inputs, and where it is. */
function worst(inputs: Iterable<number>, error: (x: number) => number): { error: number; at: number } {
  let result = { error: 0, at: 0 };
  for (const x of inputs) {
    const e = error(x);
    if (!(e <= result.error)) result = { error: e, at: x };
  }
  return result;
}

const TINY = 1.1754943508222875e-38; // smallest normal
const DENORMAL = 1.401298464324817e-45;

describe('tanh', () => {
  it('is within 5e-5 of tanh everywhere', () => {
    expect(worst(floats(), (x) => Math.abs(tanh(x) - Math.tanh(x))).error).toBeLessThan(5e-5);
    expect(worst(grid(-6, 6, 200_000), (x) => Math.abs(tanh(x) - Math.tanh(x))).error).toBeLessThan(5e-5);
  });
  it('is odd and within [-1, 1], also at its special values', () => {
    expect([...floats()].filter((x) => !Object.is(tanh(-x), -tanh(x)))).toEqual([]);
    expect(worst(grid(-6, 6, 50_000), (x) => Math.abs(tanh(x))).error).toBeLessThanOrEqual(1);
    expect(tanh(0)).toBe(0);
    expect(tanh(-0)).toBe(-0);
    expect(tanh(Infinity)).toBe(tanh(5));
    expect(tanh(-Infinity)).toBe(tanh(-5));
    expect(tanh(Number.NaN)).toBe(tanh(5));
    expect(tanh(DENORMAL)).toBe(DENORMAL);
  });
});

describe('exp', () => {
  it('has a relative error below 2e-7 where its result is normal', () => {
    const relative = (x: number): number => Math.abs(exp(x) / Math.exp(x) - 1);
    expect(worst(grid(-87.3, 88.7, 300_000), relative).error).toBeLessThan(2e-7);
  });
  it('goes through denormals to 0 and ends in ∞', () => {
    const absolute = (x: number): number => Math.abs(exp(x) - Math.exp(x));
    expect(worst(grid(-110, -87.3, 50_000), absolute).error).toBeLessThan(2 * DENORMAL);
    const ends = [...floats()].filter((x) => x < -104 || x > 88.73);
    expect(ends.filter((x) => exp(x) !== (x < 0 ? 0 : Infinity))).toEqual([]);
    expect([exp(0), exp(-0), exp(-Infinity), exp(Infinity), exp(Number.NaN), exp(DENORMAL)]).toEqual([1, 1, 0, Infinity, Number.NaN, 1]);
  });
});

describe('log', () => {
  it('has an error below 2e-7 · max(1, |log x|), denormals included', () => {
    const error = (x: number): number => (x > 0 ? Math.abs(log(x) - Math.log(x)) / Math.max(1, Math.abs(Math.log(x))) : 0);
    expect(worst(floats(), error).error).toBeLessThan(2e-7);
    expect(worst(grid(0.5, 2, 300_000), error).error).toBeLessThan(2e-7);
    expect(worst([DENORMAL, 3 * DENORMAL, TINY / 2, TINY], error).error).toBeLessThan(2e-7);
  });
  it('has its special values', () => {
    expect([log(0), log(-0), log(1), log(Infinity)]).toEqual([-Infinity, -Infinity, 0, Infinity]);
    for (const x of [-1, -DENORMAL, -Infinity, Number.NaN]) expect(log(x)).toBeNaN();
  });
});

describe('sine and cosine of turns', () => {
  // The reference reduces exactly, as x - round(x) is exact in float64 too.
  const reduced = (x: number): number => 2 * Math.PI * (x - Math.round(x));
  it('have an error below 1.2e-7 for every finite number of turns', () => {
    for (const inputs of [() => floats(), () => grid(-2, 2, 300_000)]) {
      expect(worst(inputs(), (x) => Math.abs(sinTurns(x) - Math.sin(reduced(x)))).error).toBeLessThan(1.2e-7);
      expect(worst(inputs(), (x) => Math.abs(cosTurns(x) - Math.cos(reduced(x)))).error).toBeLessThan(1.2e-7);
    }
  });
  it('have their special values', () => {
    expect([0, 0.25, 0.5, 0.75, 1, 2 ** 40].map((x) => cosTurns(x) + 0)).toEqual([1, 0, -1, 0, 1, 1]);
    expect([0, 0.25, 0.5, 0.75, 1, 2 ** 40].map((x) => sinTurns(x) + 0)).toEqual([0, 1, 0, -1, 0, 0]);
    for (const x of [Infinity, -Infinity, Number.NaN]) {
      expect(sinTurns(x)).toBeNaN();
      expect(cosTurns(x)).toBeNaN();
    }
  });
});
