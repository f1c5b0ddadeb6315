// All that a meta-training run is between two generations: θ, what its optimiser remembers, and how far it is.

import type { RunSpec } from '@metaplast/protocol';
import { initOptimiser } from './optimisers/registry.js';

/** What an optimiser carries from step to step; which vectors and powers these are is the optimiser's (optimisers/*.ts). */
export interface OptimiserState {
  readonly kind: RunSpec['outer']['optimiser']['kind'];
  /** adam: first and second moment; sgd: velocity. Each as long as θ. */
  readonly moments: readonly Float64Array[];
  /** adam: beta1 and beta2 to the power of the steps taken. */
  readonly powers: readonly number[];
}

/** Treated as a value: tell() makes a new one and leaves the old one as it was. All numbers in it are finite. */
export interface EsState {
  /** Steps taken; the generation to evaluate next. */
  readonly generation: number;
  readonly theta: Float32Array;
  readonly optimiser: OptimiserState;
}

/** The state before generation 0, with a copy of `theta`. Throws RangeError when that is empty or not finite. */
export function init(spec: RunSpec, theta: Float32Array): EsState {
  if (theta.length === 0 || !theta.every(Number.isFinite)) throw new RangeError('θ must be one or more finite numbers');
  return { generation: 0, theta: theta.slice(), optimiser: initOptimiser(spec.outer.optimiser.kind, theta.length) };
}
