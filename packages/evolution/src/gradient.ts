// The antithetic evolution-strategies estimate of a gradient, apart from what is perturbed and how losses arise.

import type { DrawPerturbation } from './perturbations.js';

/**
 * Mean over the pairs of ε · shaped difference, summed in pair order in float64; `size` numbers. Perturbations are never stored or sent:
 * they are drawn again.
 */
export function estimateGradient(shaped: Float64Array, size: number, draw: DrawPerturbation): Float64Array {
  const epsilon = new Float32Array(size);
  const sum = new Float64Array(size);
  for (let pair = 0; pair < shaped.length; pair++) {
    draw(pair, epsilon);
    const difference = shaped[pair]!;
    for (let i = 0; i < size; i++) sum[i] = sum[i]! + epsilon[i]! * difference;
  }
  return sum.map((total) => total / shaped.length);
}

/**
 * Norm of an estimate over its expected norm if losses had nothing to do with perturbations, sqrt(size · mean difference² /
 * pairs): about 1 is noise alone, and the gradient of a linear loss without noise gives sqrt(1 + (pairs + 1) / size).
 * 0 when all differences are.
 */
export function signalToNoise(gradient: Float64Array, shaped: Float64Array): number {
  const noise = (Math.sqrt(gradient.length) * norm(shaped)) / shaped.length;
  return noise === 0 ? 0 : norm(gradient) / noise;
}

/** Euclidean norm, summed in order in float64. */
export function norm(vector: Float32Array | Float64Array): number {
  let squares = 0;
  for (const x of vector) squares += x * x;
  return Math.sqrt(squares);
}
