// Antithetic evolution strategies as ask/tell: pure functions of (spec, state, losses), the same to the last bit everywhere.

import { type RunSpec, specAt } from '@metaplast/protocol';
import { fairLosses } from './fairness.js';
import { estimateGradient } from './gradient.js';
import { capLosses, memberLosses } from './losses.js';
import { type GenerationMetrics, generationMetrics } from './metrics.js';
import { optimiserStep } from './optimisers/registry.js';
import { type DrawPerturbation, perturbationsOf } from './perturbations.js';
import { learningRateAt, sigmaAt } from './schedules.js';
import { shape } from './shaping.js';
import type { EsState } from './state.js';

/** What to evaluate next: θ ± σε of pairs 0 .. pairs - 1, each on tasks 0 .. tasksPerPair - 1 of the generation. */
export interface Question {
  generation: number;
  sigma: number;
  /** Of the step that the answer leads to. */
  learningRate: number;
  pairs: number;
  tasksPerPair: number;
  theta: Float32Array;
}

/** A step led to a θ that is not finite; the run cannot go on from there, the state before it is untouched. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  readonly generation: number;

  constructor(generation: number) {
    super(`θ is no longer finite after the step of generation ${generation}: lower the learning rate or the weight decay`);
    this.generation = generation;
  }
}

/** What the run wants to know in its state. Throws RangeError when all its generations are done. */
export function ask(spec: RunSpec, { generation, theta }: EsState): Question {
  const { outer } = spec;
  if (generation >= outer.generations) throw new RangeError(`all ${outer.generations} generations are done`);
  return {
    generation,
    sigma: sigmaAt(spec, generation),
    learningRate: learningRateAt(spec, generation),
    pairs: outer.pairs,
    tasksPerPair: outer.tasksPerPair,
    theta,
  };
}

/**
 * The state after the losses [pair][task][+, -] that answer ask(), and what the generation was like; `draw` may be perturbationsAhead().
 * Throws RangeError on a
 * wrong number of losses, TypeError on another optimiser's state, DivergenceError on a θ that is not finite.
 */
export function tell(
  spec: RunSpec,
  state: EsState,
  losses: Float32Array,
  draw: DrawPerturbation = perturbationsOf(spec, state),
): { state: EsState; metrics: GenerationMetrics } {
  const { generation, sigma, learningRate, pairs, tasksPerPair, theta } = ask(spec, state);
  const { values, ...counts } = capLosses(losses, pairs, tasksPerPair, specAt(spec, generation).objective.cap);
  const shaped = shape(spec.outer.shaping, memberLosses(fairLosses(spec, generation, values), tasksPerPair), sigma);
  const gradient = estimateGradient(shaped, theta.length, draw);
  const next = optimiserStep(spec.outer.optimiser, state.optimiser, theta, gradient, learningRate);
  if (!next.theta.every(Number.isFinite)) throw new DivergenceError(generation);
  const step = {
    generation,
    sigma,
    learningRate,
    members: memberLosses(values, tasksPerPair),
    ...counts,
    shaped,
    gradient,
    before: theta,
    after: next.theta,
  };
  return { state: { generation: generation + 1, ...next }, metrics: generationMetrics(step) };
}
