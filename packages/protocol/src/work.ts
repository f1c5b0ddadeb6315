// What travels between coordinator, dispatcher and workers: small, plain, the same in-process and over the wire.

import type { RunSpec } from './spec.js';

/** One generation to evaluate: θ and where its perturbations and tasks are. Never the perturbations themselves. */
export interface GenerationWork {
  kind: 'generation';
  spec: RunSpec;
  generation: number;
  sigma: number;
  theta: Float32Array;
}

/** Trials of θ itself on one family of tasks, or of a baseline when `theta` is absent. */
export interface TrialWork {
  kind: 'trials';
  /** The run's spec with `tasks` replaced by the family that is evaluated. */
  spec: RunSpec;
  /** Disjoint sets of draws (kernel DOMAIN). */
  domain: number;
  /** Set of draws within the domain, e.g. the number of the family. */
  generation: number;
  trials: number;
  learner: { kind: 'rule'; theta: Float32Array } | BaselineLearner;
}

/** A learner that has no θ: trained on the same tasks, labels, initial weights and steps. */
export interface BaselineLearner {
  kind: 'sgd' | 'adam';
  learningRates: number[];
}

export type Work = GenerationWork | TrialWork;

/** A part of a work: items (pairs or trials) first .. first + count - 1. */
export interface Chunk {
  work: Work;
  first: number;
  count: number;
}

/**
 * A chunk's result. Generation: [pair][task][+, -] losses. Trials: [trial][learning rate][test cross-entropy, test accuracy,
 * training cross-entropy] (one learning rate for the rule).
 */
export interface ChunkResult {
  values: Float32Array;
  /** Time that the engine was busy, ms. */
  busyMs: number;
  /** Who computed it. */
  worker: string;
}
