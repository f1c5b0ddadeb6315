// Fitness shaping: how much each pair's perturbation counts, given the losses of its two members.

import type { RunSpec } from '@metaplast/protocol';

type Kind = RunSpec['outer']['shaping']['kind'];

/** Takes member losses [pair][+, -] and σ; gives the shaped difference of each pair, positive where + is the worse one. */
export type Shaping = (members: Float64Array, sigma: number) => Float64Array;

/** L⁺ - L⁻ of each pair. */
function differences(members: Float64Array): Float64Array {
  return Float64Array.from({ length: members.length / 2 }, (_, pair) => members[2 * pair]! - members[2 * pair + 1]!);
}

/** Differences over 2σ: the gradient estimate is then that of the loss smoothed by N(0, σ²), without bias (Nesterov & Spokoiny 2017). */
function none(members: Float64Array, sigma: number): Float64Array {
  return differences(members).map((d) => d / (2 * sigma));
}

/** Differences over their root mean square in the generation: blind to the scale of the loss. All zero if they all are. */
function rms(members: Float64Array): Float64Array {
  const raw = differences(members);
  let squares = 0;
  for (const d of raw) squares += d * d;
  if (squares === 0) return raw.fill(0);
  const scale = Math.sqrt(squares / raw.length);
  return raw.map((d) => d / scale);
}

/** Differences, in [-1, 1], of the ranks of all losses, which are in [-½, ½]; equal losses share their mean rank (Salimans et al. 2017). */
function centredRank(members: Float64Array): Float64Array {
  const order = Array.from(members.keys()).sort((a, b) => members[a]! - members[b]!);
  const ranks = new Float64Array(members.length);
  for (let first = 0; first < order.length; ) {
    let next = first + 1;
    while (next < order.length && members[order[next]!] === members[order[first]!]) next++;
    const rank = (first + next - 1) / 2 / (order.length - 1) - 0.5;
    for (; first < next; first++) ranks[order[first]!] = rank;
  }
  return differences(ranks);
}

/** The shapings by their name in the spec. */
export const SHAPINGS: Readonly<Record<Kind, Shaping>> = { rms, 'centred-rank': centredRank, none };

/** The shaped difference of each pair, bounded by ±clip. */
export function shape(shaping: RunSpec['outer']['shaping'], members: Float64Array, sigma: number): Float64Array {
  const { kind, clip } = shaping;
  return SHAPINGS[kind](members, sigma).map((d) => Math.min(clip, Math.max(-clip, d)));
}
