import { perturbation } from '@metaplast/kernel';
import { describe, expect, it } from 'vitest';
import { estimateGradient, norm, signalToNoise } from './gradient.js';
import { SHAPINGS } from './shaping.js';

const size = 30;
const sigma = 0.1;
const theta = Float64Array.from({ length: size }, (_, i) => (i % 7) / 3 - 1);
const curvature = Float64Array.from({ length: size }, (_, i) => 0.2 + i / 10);
const quadratic = (x: Float64Array): number => x.reduce((sum, value, i) => sum + (curvature[i]! * value * value) / 2 + value, 0);
const exact = theta.map((x, i) => curvature[i]! * x + 1);

/** Differences of the quadratic over 2σ, and the estimate from them, at perturbations of one generation. */
function estimate(generation: number, pairs: number): { shaped: Float64Array; gradient: Float64Array } {
  const draw = (pair: number, out: Float32Array): Float32Array => perturbation(5, generation, pair, out);
  const epsilon = new Float32Array(size);
  const members = new Float64Array(2 * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    draw(pair, epsilon);
    members[2 * pair] = quadratic(theta.map((x, i) => x + sigma * epsilon[i]!));
    members[2 * pair + 1] = quadratic(theta.map((x, i) => x - sigma * epsilon[i]!));
  }
  const shaped = SHAPINGS.none(members, sigma);
  return { shaped, gradient: estimateGradient(shaped, size, draw) };
}

describe('estimateGradient', () => {
  // Antithetic differences of a quadratic are exactly ε·∇f, so the estimate is mean εεᵀ∇f, with E|error|² = |∇f|² (size + 1) / pairs.
  it.each([
    [64, 64],
    [1024, 16],
  ])('of a quadratic has the relative error sqrt((size + 1) / pairs): %i pairs', (pairs, repeats) => {
    let meanSquare = 0;
    for (let g = 0; g < repeats; g++) {
      const error = estimate(g, pairs).gradient.map((x, i) => x - exact[i]!);
      meanSquare += (norm(error) / norm(exact)) ** 2 / repeats;
    }
    const ratio = Math.sqrt(meanSquare / ((size + 1) / pairs));
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });

  it('is the mean of ε · difference in pair order', () => {
    const rows = [Float32Array.of(1, -2), Float32Array.of(0.5, 4), Float32Array.of(-1, 1)];
    const gradient = estimateGradient(Float64Array.of(3, -2, 0), 2, (pair, out) => out.set(rows[pair]!));
    expect(gradient).toEqual(Float64Array.of(2 / 3, -14 / 3));
  });
});

describe('signalToNoise', () => {
  it('is about 1 when losses have nothing to do with the perturbations', () => {
    let mean = 0;
    for (let g = 0; g < 20; g++) {
      const noise = Float64Array.from(perturbation(6, g, 0, new Float32Array(256)));
      mean +=
        signalToNoise(
          estimateGradient(noise, 50, (pair, out) => perturbation(7, g, pair, out)),
          noise,
        ) / 20;
    }
    expect(Math.abs(mean - 1)).toBeLessThan(0.08);
  });

  it('is sqrt(1 + (pairs + 1) / size) when they are linear in them', () => {
    const { shaped, gradient } = estimate(3, 1024);
    expect(signalToNoise(gradient, shaped) / Math.sqrt(1 + 1025 / size)).toBeCloseTo(1, 1);
  });

  it('is 0 when all differences are', () => {
    expect(signalToNoise(new Float64Array(3), new Float64Array(8))).toBe(0);
  });
});
