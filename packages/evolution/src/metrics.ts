// What a generation says about itself: for progress lines and dashboards, never for the path to θ.

import { norm, signalToNoise } from './gradient.js';

/** All finite. "Member": one of the 2 · pairs perturbed θs; its loss is the mean over its pair's tasks, nats. */
export interface GenerationMetrics {
  /** The generation that was evaluated, from 0. */
  generation: number;
  sigma: number;
  learningRate: number;
  /** Mean, lowest, highest and standard deviation of the members' losses. */
  meanLoss: number;
  bestLoss: number;
  worstLoss: number;
  lossDeviation: number;
  /** Single losses that were NaN or infinite, and finite ones at the cap; of 2 · pairs · tasks a pair. */
  nonFiniteLosses: number;
  cappedLosses: number;
  /** Of the estimate, in units of the shaping. */
  gradientNorm: number;
  /** |gradient| over what pure noise would give: signalToNoise() in gradient.ts. */
  signalToNoise: number;
  /** |θ after - θ before|, and |θ after|. */
  updateNorm: number;
  thetaNorm: number;
}

/** What metrics are computed from. */
export interface Step {
  generation: number;
  sigma: number;
  learningRate: number;
  /** Losses [pair][+, -], not weighted by fairness. */
  members: Float64Array;
  /** Of single losses: capLosses(). */
  nonFinite: number;
  capped: number;
  shaped: Float64Array;
  gradient: Float64Array;
  before: Float32Array;
  after: Float32Array;
}

export function generationMetrics(step: Step): GenerationMetrics {
  const { generation, sigma, learningRate, members, nonFinite, capped, shaped, gradient, before, after } = step;
  let sum = 0;
  let best = Number.POSITIVE_INFINITY;
  let worst = Number.NEGATIVE_INFINITY;
  for (const loss of members) {
    sum += loss;
    best = Math.min(best, loss);
    worst = Math.max(worst, loss);
  }
  const mean = sum / members.length;
  return {
    generation,
    sigma,
    learningRate,
    meanLoss: mean,
    bestLoss: best,
    worstLoss: worst,
    lossDeviation: norm(members.map((loss) => loss - mean)) / Math.sqrt(members.length),
    nonFiniteLosses: nonFinite,
    cappedLosses: capped,
    gradientNorm: norm(gradient),
    signalToNoise: signalToNoise(gradient, shaped),
    updateNorm: norm(Float64Array.from(after, (x, i) => x - before[i]!)),
    thetaNorm: norm(after),
  };
}
