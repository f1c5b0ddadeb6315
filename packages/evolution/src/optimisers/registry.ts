// The outer optimisers by their name in the spec, and the step that is common to them.

import type { OptimiserState } from '../state.js';
import { adam } from './adam.js';
import type { Optimiser, OptimiserKind, OptimiserSettings } from './optimiser.js';
import { sgd } from './sgd.js';

export const OPTIMISERS: Readonly<Record<OptimiserKind, Optimiser>> = { adam, sgd };

/** What an optimiser remembers before its first step on `size` numbers. */
export function initOptimiser(kind: OptimiserKind, size: number): OptimiserState {
  const { moments, powers } = OPTIMISERS[kind];
  return {
    kind,
    moments: Array.from({ length: moments }, () => new Float64Array(size)),
    powers: new Array<number>(powers).fill(1),
  };
}

/**
 * One step down the gradient: θ ← float32((1 - learning rate · weight decay) · θ - learning rate · direction), decoupled weight
 * decay as in AdamW (Loshchilov & Hutter 2019). Throws TypeError when `state` is another optimiser's.
 */
export function optimiserStep(
  settings: OptimiserSettings,
  state: OptimiserState,
  theta: Float32Array,
  gradient: Float64Array,
  learningRate: number,
): { theta: Float32Array; optimiser: OptimiserState } {
  const { kind, weightDecay } = settings;
  if (state.kind !== kind) throw new TypeError(`the state is of optimiser ${state.kind}, the spec asks for ${kind}`);
  const { direction, memory } = OPTIMISERS[kind].direction(settings, state, gradient);
  const keep = 1 - learningRate * weightDecay;
  return { theta: theta.map((x, i) => keep * x - learningRate * direction[i]!), optimiser: { kind, ...memory } };
}
