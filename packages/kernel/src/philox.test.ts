// Philox against the published known answers (Random123, kat_vectors: philox4x32 10), and what is drawn from it.
import { describe, expect, it } from 'vitest';
import { gaussian, uniform } from './math.js';
import { instantiate } from './module.js';
import { type Address, STREAM } from './random.js';

const hex = (words: string): number[] => words.split(' ').map((w) => Number.parseInt(w, 16));
const ANSWERS = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const;
type Counter = [number, number, number, number];
type Key = [number, number];

const wasm = instantiate();
const room = wasm.allocate(64);
const words = (count: number): number[] => [...new Uint32Array(wasm.memory.buffer, room, count)];

describe('philox4x32-10', () => {
  it.each(ANSWERS)('counter %s, key %s', (counter, key, expected) => {
    wasm.philoxScalarTo(...(hex(counter) as Counter), ...(hex(key) as Key), room);
    expect(words(4)).toEqual(hex(expected));
    wasm.philoxVectorTo(...(hex(counter) as Counter), ...(hex(key) as Key), room);
    expect(words(4)).toEqual(hex(expected));
  });

  it('gives the same words by the scalar and the vector path, block after block, past the end of the counter word', () => {
    for (const first of [0, 5, 0xfffffffe]) {
      wasm.philoxVectorTo(first, 7, 8, 9, 10, 11, room);
      const vector = words(16);
      const scalar = [0, 1, 2, 3].flatMap((block) => {
        wasm.philoxScalarTo((first + block) >>> 0, 7, 8, 9, 10, 11, room);
        return words(4);
      });
      expect(vector).toEqual(scalar);
    }
  });

  it('addresses single elements as the fills do', () => {
    wasm.setSeed(3, 0);
    wasm.setAddress(2, 5, 7, 1);
    const filled = uniform(3, { domain: 2, generation: 5, pair: 7, task: 1 }, 9, new Float32Array(37));
    for (let e = 0; e < filled.length; e++) expect(wasm.uniformAt(9, e)).toBe(filled[e]);
  });
});

const N = 1_000_000;
const at = (over: Partial<Address> = {}): Address => ({ domain: 0, generation: 0, pair: 0, task: 0, ...over });

/** Mean of f over the draws. */
function mean(draws: Float32Array, f: (x: number) => number): number {
  let sum = 0;
  for (const x of draws) sum += f(x);
  return sum / draws.length;
}

/** Correlation of two samples of zero mean and unit variance, in standard errors. */
function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / Math.sqrt(a.length);
}

describe('draws', () => {
  const z = gaussian(1, at(), 0, new Float32Array(N));

  it('uniforms lie in (0, 1], with the moments of the uniform distribution (5 standard errors)', () => {
    const u = uniform(1, at(), 0, new Float32Array(N));
    expect(u.every((x) => x > 0 && x <= 1)).toBe(true);
    expect(Math.abs(mean(u, (x) => x) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / N));
    expect(Math.abs(mean(u, (x) => x * x) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / N));
    for (let bin = 0; bin < 16; bin++) {
      const share = mean(u, (x) => (x > bin / 16 && x <= (bin + 1) / 16 ? 1 : 0));
      expect(Math.abs(share - 1 / 16)).toBeLessThan((5 * Math.sqrt(15 / 256)) / Math.sqrt(N));
    }
  });

  // Moments of N(0, 1): 0, 1, 0, 3, 0, 15; the variance of the sample mean of x^k is (E x^2k - (E x^k)²) / N.
  it.each([
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
    [6, 15, 10170],
  ])('normal moment %i', (k, expected, variance) => {
    expect(Math.abs(mean(z, (x) => x ** k) - expected)).toBeLessThan(5 * Math.sqrt(variance / N));
  });

  // P(|z| > t) of the standard normal distribution.
  it.each([
    [1, 0.3173105],
    [2, 0.0455003],
    [3, 0.0026998],
    [4, 6.334e-5],
  ])('normal tail beyond %d', (t, p) => {
    expect(Math.abs(mean(z, (x) => (Math.abs(x) > t ? 1 : 0)) - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / N));
    expect(Math.abs(mean(z, (x) => (x > t ? 1 : 0)) - p / 2)).toBeLessThan(5 * Math.sqrt(p / 2 / N));
  });

  it('reaches as far out as a million draws should', () => {
    const largest = z.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    expect(largest).toBeGreaterThan(4.3);
    expect(largest).toBeLessThan(6.8);
  });

  it('neighbouring draws are uncorrelated, as are their squares', () => {
    for (const lag of [1, 2, 3, 4, 16]) {
      expect(Math.abs(correlation(z.subarray(lag), z.subarray(0, N - lag)))).toBeLessThan(5);
      const squares = z.map((x) => (x * x - 1) / Math.SQRT2);
      expect(Math.abs(correlation(squares.subarray(lag), squares.subarray(0, N - lag)))).toBeLessThan(5);
    }
  });

  it.each([
    ['seeds', 2, at(), 0],
    ['seeds that differ above 2^32', 1 + 2 ** 32, at(), 0],
    ['stream kinds', 1, at(), 1],
    ['domains', 1, at({ domain: 1 }), 0],
    ['generations', 1, at({ generation: 1 }), 0],
    ['pairs', 1, at({ pair: 1 }), 0],
    ['tasks', 1, at({ task: 1 }), 0],
  ])('adjacent %s give unrelated streams', (_, seed, address, kind) => {
    const other = gaussian(seed, address, kind, new Float32Array(N));
    expect(Math.abs(correlation(z, other))).toBeLessThan(5);
    const values = new Set(z.subarray(0, 100_000));
    // Equal float32 values happen by chance (about 1 in 10^4 here); a shifted copy of the stream would be all equal.
    expect(other.subarray(0, 100_000).filter((x) => values.has(x)).length).toBeLessThan(20_000);
  });

  it('a shorter fill is the beginning of a longer one', () => {
    const short = gaussian(1, at(), STREAM.perturbation, new Float32Array(477));
    expect(short).toEqual(z.slice(0, 477));
  });
});
