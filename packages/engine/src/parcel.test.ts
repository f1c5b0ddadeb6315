import { type Chunk, resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from './parcel.js';

const theta = Float32Array.of(1, -0, Number.NaN);
const chunk = (seed: number): Chunk => ({
  work: { kind: 'generation', spec: resolveSpec({ seed }), generation: 7, sigma: 0.05, theta },
  first: 3,
  count: 2,
});

describe('parcel', () => {
  it('brings a chunk over as it was', () => {
    const trials: Chunk = {
      work: { kind: 'trials', spec: resolveSpec({}), domain: 2, generation: 1, trials: 9, learner: { kind: 'sgd', settings: [[0.1]] } },
      first: 0,
      count: 9,
    };
    for (const sent of [chunk(1), trials]) expect(unpack(structuredClone(pack(sent)))).toEqual(sent);
  });

  it('reads a spec once, and never takes one for another', () => {
    const first = unpack(pack(chunk(1)));
    expect(unpack(pack(chunk(1))).work.spec).toBe(first.work.spec);
    for (let seed = 0; seed < 100; seed++) expect(unpack(pack(chunk(seed))).work.spec.seed).toBe(seed);
  });
});
