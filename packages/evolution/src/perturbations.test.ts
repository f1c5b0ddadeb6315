import { perturbation } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { expect, it } from 'vitest';
import { perturbationsAhead, perturbationsOf } from './perturbations.js';
import { init } from './state.js';

const spec = resolveSpec({ seed: 4, outer: { pairs: 6 } });
const state = { ...init(spec, new Float32Array(33)), generation: 7 };
const draws = (draw: ReturnType<typeof perturbationsOf>, pairs: readonly number[]): Float32Array[] =>
  pairs.map((pair) => {
    const out = new Float32Array(33);
    draw(pair, out);
    return out;
  });

// Room for all, for some (and a part of the next), for none.
it.each([1000, 100, 0])('drawn ahead are those of their addresses, in any order: room for %i numbers', (room) => {
  const order = [5, 0, 3, 2, 1, 4, 0];
  const addressed = order.map((pair) => perturbation(4, 7, pair, new Float32Array(33)));
  expect(draws(perturbationsAhead(spec, state, room), order)).toEqual(addressed);
  expect(draws(perturbationsOf(spec, state), order)).toEqual(addressed);
});
