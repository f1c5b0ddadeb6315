// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the one source of randomness.
//
// A draw is addressed, never sequenced. Key = the run seed (64 bits). Counter = (block, pair, generation, stream), where
// stream = kind | domain << 8 | task << 16. Element e of a stream is word e mod 4 of block e / 4, so any element can be
// computed alone, in any order, on any machine. The scalar and the four-lane path give the same words.

import { gaussianPair, uniform } from "./math";

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

let key0: u32 = 0;
let key1: u32 = 0;
let counter1: u32 = 0;
let counter2: u32 = 0;
let streamHigh: u32 = 0;

/** The words of the last scalar block. */
let x0: u32 = 0;
let x1: u32 = 0;
let x2: u32 = 0;
let x3: u32 = 0;

/** The four planes of the last vector block: lane i of word w belongs to block + i. */
let y0: v128 = i32x4.splat(0);
let y1: v128 = i32x4.splat(0);
let y2: v128 = i32x4.splat(0);
let y3: v128 = i32x4.splat(0);

export function setSeed(low: u32, high: u32): void {
  key0 = low;
  key1 = high;
}

/** Everything of the address but the stream's kind and the block. */
export function setAddress(domain: u32, generation: u32, pair: u32, task: u32): void {
  counter1 = pair;
  counter2 = generation;
  streamHigh = (domain << 8) | (task << 16);
}

/** Scalar path: the 4 words of one block into x0..x3. */
export function philoxScalar(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  for (let round = 0; round < 10; round++) {
    const product0 = <u64>M0 * <u64>c0;
    const product1 = <u64>M1 * <u64>c2;
    c0 = <u32>(product1 >> 32) ^ c1 ^ k0;
    c1 = <u32>product1;
    c2 = <u32>(product0 >> 32) ^ c3 ^ k1;
    c3 = <u32>product0;
    k0 += W0;
    k1 += W1;
  }
  x0 = c0;
  x1 = c1;
  x2 = c2;
  x3 = c3;
}

/** High words of the four 32 × 32 → 64 bit products. */
@inline
function mulHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(
    i64x2.extmul_low_i32x4_u(a, b),
    i64x2.extmul_high_i32x4_u(a, b),
    4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31,
  );
}

/** Vector path: blocks c0, c0 + 1, c0 + 2, c0 + 3 into y0..y3, a word a plane. */
export function philoxVector(first: v128, s1: u32, s2: u32, s3: u32, k0: u32, k1: u32): void {
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  let c0 = first;
  let c1 = i32x4.splat(s1);
  let c2 = i32x4.splat(s2);
  let c3 = i32x4.splat(s3);
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(m0, c0);
    const high1 = mulHigh(m1, c2);
    const low0 = i32x4.mul(m0, c0);
    const low1 = i32x4.mul(m1, c2);
    c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(k0));
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(k1));
    c3 = low0;
    k0 += W0;
    k1 += W1;
  }
  y0 = c0;
  y1 = c1;
  y2 = c2;
  y3 = c3;
}

/** Stores four planes (lane i = block i) as 16 consecutive elements in stream order: a 4 × 4 transpose. */
@inline
function storeTransposed(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(ab0, cd0, 0, 2));
  v128.store(out, i64x2.shuffle(ab0, cd0, 1, 3), 16);
  v128.store(out, i64x2.shuffle(ab1, cd1, 0, 2), 32);
  v128.store(out, i64x2.shuffle(ab1, cd1, 1, 3), 48);
}

@inline
function nextBlocks(kind: u32, block: u32): void {
  const first = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  philoxVector(first, counter1, counter2, kind | streamHigh, key0, key1);
}

/** Fills `out` with `count` uniforms in (0, 1], rounded up to a multiple of 16 elements: the room must be there. */
export function fillUniform(kind: u32, count: u32, out: usize): void {
  for (let block: u32 = 0; block * 4 < count; block += 4) {
    nextBlocks(kind, block);
    storeTransposed(out + <usize>block * 16, uniform(y0), uniform(y1), uniform(y2), uniform(y3));
  }
}

/** Fills `out` with `count` standard normals (Box-Muller on words 0, 1 and 2, 3 of a block), rounded up to 16 elements. */
export function fillGaussian(kind: u32, count: u32, out: usize): void {
  for (let block: u32 = 0; block * 4 < count; block += 4) {
    nextBlocks(kind, block);
    const at = out + <usize>block * 16;
    // gaussianPair returns its second value through memory: the planes are transposed only when all four are there.
    const g0 = gaussianPair(uniform(y0), uniform(y1), at);
    const g1 = v128.load(at);
    const g2 = gaussianPair(uniform(y2), uniform(y3), at);
    storeTransposed(at, g0, g1, g2, v128.load(at));
  }
}

/** Uniform number `element` of a stream, by the scalar path. */
export function uniformAt(kind: u32, element: u32): f32 {
  philoxScalar(element >> 2, counter1, counter2, kind | streamHigh, key0, key1);
  const word = element & 3;
  const bits = word == 0 ? x0 : word == 1 ? x1 : word == 2 ? x2 : x3;
  return (<f32>bits + 0.5) * 2.3283064365386963e-10;
}

/** For the known-answer tests: the block of (counter, key) stored at `out`, by the scalar path. */
export function philoxScalarTo(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32, out: usize): void {
  philoxScalar(c0, c1, c2, c3, k0, k1);
  store<u32>(out, x0);
  store<u32>(out, x1, 4);
  store<u32>(out, x2, 8);
  store<u32>(out, x3, 12);
}

/** For the known-answer tests: blocks c0 .. c0 + 3 stored one after the other at `out`, by the vector path. */
export function philoxVectorTo(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32, out: usize): void {
  philoxVector(i32x4.add(i32x4.splat(c0), i32x4(0, 1, 2, 3)), c1, c2, c3, k0, k1);
  storeTransposed(out, y0, y1, y2, y3);
}
