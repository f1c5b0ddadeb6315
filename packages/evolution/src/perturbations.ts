// A generation's perturbations, addressed by (seed, generation, pair): drawn when they are asked for, or ahead of it. What is drawn while
// the engines compute the losses need not be drawn in the step that they all wait for, which is most of that step's time.

import { perturbation } from '@metaplast/kernel';
import type { RunSpec } from '@metaplast/protocol';
import type { EsState } from './state.js';

/** Fills `out` with the perturbation ε of a pair, N(0, 1). */
export type DrawPerturbation = (pair: number, out: Float32Array) => void;

/** Numbers that are drawn ahead: 16 MB. */
const AHEAD = 1 << 22;

/** Draws each perturbation when it is asked for. */
export function perturbationsOf({ seed }: RunSpec, { generation }: EsState): DrawPerturbation {
  return (pair, out) => perturbation(seed, generation, pair, out);
}

/** The same numbers, of as many pairs as fit into `room` numbers already drawn. */
export function perturbationsAhead(spec: RunSpec, state: EsState, room = AHEAD): DrawPerturbation {
  const draw = perturbationsOf(spec, state);
  const size = state.theta.length;
  const pairs = Math.min(spec.outer.pairs, Math.floor(room / size));
  const drawn = new Float32Array(pairs * size);
  const of = (pair: number): Float32Array => drawn.subarray(pair * size, (pair + 1) * size);
  for (let pair = 0; pair < pairs; pair++) draw(pair, of(pair));
  return (pair, out) => (pair < pairs ? out.set(of(pair)) : draw(pair, out));
}
