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

/** Trials of a learner, the rule or a baseline, on tasks of one family. */
export interface TrialWork {
  kind: 'trials';
  /** The run's spec with `tasks` replaced by the family that is evaluated. */
  spec: RunSpec;
  /** Disjoint sets of draws (kernel DOMAIN). */
  domain: number;
  /** Set of draws within the domain, e.g. the number of the family. */
  generation: number;
  trials: number;
  /** Numbers of inner steps after which a trial is measured, ascending; left out: after the last step only. */
  measureAfter?: number[];
  learner: RuleLearner | BaselineLearner;
}

export interface RuleLearner {
  kind: 'rule';
  theta: Float32Array;
  /** What the rule is given in place of each unlabelled point: one of the task's labelled ones, without its label, or N(0, I). */
  substitute?: Substitute;
}

export const SUBSTITUTES = ['labelled-copies', 'noise'] as const;
export type Substitute = (typeof SUBSTITUTES)[number];

/** The learners that have no θ: see the registry in @metaplast/plasticity. */
export const BASELINE_KINDS = [
  'sgd',
  'adam',
  'all-labels',
  'feedback-alignment',
  'pseudo-labels',
  'entropy-minimisation',
  'label-spreading',
] as const;
export type BaselineKind = (typeof BASELINE_KINDS)[number];

/** A learner that has no θ: trained on the same tasks, labels, initial weights and steps, once a setting. */
export interface BaselineLearner {
  kind: BaselineKind;
  /** Each holds the values of the baseline's hyperparameters in the registry's order. */
  settings: number[][];
}

export type Work = GenerationWork | TrialWork;

/** A part of a work: items (pairs or trials) first .. first + count - 1. */
export interface Chunk {
  work: Work;
  first: number;
  count: number;
}

/**
 * A chunk's result. Generation: [pair][task][+, -] losses. Trials: [trial][setting][time of measureAfter][test cross-entropy,
 * test accuracy, training cross-entropy] (one setting for the rule, one time without measureAfter).
 */
export interface ChunkResult {
  values: Float32Array;
  /** Time that the engine was busy, ms. */
  busyMs: number;
  /** Who computed it. */
  worker: string;
  /** On what: native, wasm, or tfjs/ and a backend. */
  engine?: string;
}
