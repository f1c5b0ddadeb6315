import { gaussian, uniform } from '@metaplast/kernel';
import { describe, expect, it } from 'vitest';
import { Draws, philox } from './random.js';

describe('Philox4x32-10', () => {
  // Random123's kat_vectors.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published words for counter %j', (counter, key, words) => {
    expect(philox(counter as [number, number, number, number], key as [number, number])).toEqual(words);
  });
});

describe('the draws of an address', () => {
  const seed = 2 ** 52 + 12345;
  const at = { domain: 2, generation: 4_000_000_000, pair: 70_000, task: 9 } as const;

  it('are the kernel’s: uniforms to the last bit, normals to 1e-6', () => {
    const draws = new Draws(seed, at);
    expect([...draws.uniforms(6, 1001)]).toEqual([...uniform(seed, at, 6, new Float32Array(1001))]);
    const ours = draws.normals(7, 1001);
    const theirs = gaussian(seed, at, 7, new Float32Array(1001));
    for (let i = 0; i < 1001; i++) expect(Math.abs(theirs[i]! - ours[i]!)).toBeLessThan(2e-6);
  });

  it('can be had one by one', () => {
    const draws = new Draws(seed, at);
    const all = draws.uniforms(1, 9);
    for (let i = 0; i < 9; i++) expect(draws.uniform(1, i)).toBe(all[i]);
  });
});
