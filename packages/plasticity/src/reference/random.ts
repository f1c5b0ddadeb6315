// The oracle's random numbers: Philox4x32-10 (Salmon et al., SC 2011), addressed as the kernel's are, in plain arithmetic.
//
// Key = the run seed, 64 bits. Counter = (block, pair, generation, kind | domain << 8 | task << 16). Element e of a stream is
// word e mod 4 of block ⌊e / 4⌋.

import type { Address } from '@metaplast/kernel';

type Words = [number, number, number, number];

/** Upper 32 bits of the 64-bit product of two 32-bit words, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) >>> 0;
}

/** One block of four random words from a 128-bit counter and a 64-bit key. */
export function philox(counter: Readonly<Words>, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A uniform in (0, 1] from 32 random bits; float32 steps, because which number is drawn is part of the definition. */
function uniformOf(bits: number): number {
  return Math.fround(Math.fround(bits) + 0.5) / 2 ** 32;
}

/** All random numbers of one address. */
export class Draws {
  readonly #key: [number, number];
  readonly #at: Address;

  constructor(seed: number, at: Address) {
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32)];
    this.#at = at;
  }

  /** Element `index` of the uniforms of a stream. */
  uniform(kind: number, index: number): number {
    return uniformOf(this.#block(kind, index >>> 2)[index & 3]!);
  }

  /** The first `count` uniforms of a stream. */
  uniforms(kind: number, count: number): Float64Array {
    const out = new Float64Array(Math.ceil(count / 4) * 4);
    for (let e = 0; e < count; e += 4) out.set(this.#block(kind, e / 4).map(uniformOf), e);
    return out.subarray(0, count);
  }

  /** The first `count` standard normals of a stream: Box-Muller on words 0 and 1, and on words 2 and 3 of every block. */
  normals(kind: number, count: number): Float64Array {
    const out = this.uniforms(kind, Math.ceil(count / 2) * 2);
    for (let e = 0; e < count; e += 2) {
      const radius = Math.sqrt(-2 * Math.log(out[e]!));
      const angle = 2 * Math.PI * out[e + 1]!;
      out[e] = radius * Math.cos(angle);
      out[e + 1] = radius * Math.sin(angle);
    }
    return out.subarray(0, count);
  }

  #block(kind: number, block: number): Words {
    const { domain, generation, pair, task } = this.#at;
    return philox([block, pair, generation, (kind | (domain << 8) | (task << 16)) >>> 0], this.#key);
  }
}
