// Deterministic float32 mathematics in four lanes: only + - * / sqrt, comparisons and bit operations, in a fixed order,
// never fused. Part of the kernel's definition: changing a coefficient or an order changes every result (and the golden hash).
//
// Polynomials for exp, log, sin and cos after Cephes (S. Moshier, single precision); tanh is our own minimax fit.

// tanh(x) ≈ x (P0 + P1 t + P2 t²) / (1 + Q1 t + Q2 t²), t = x², x clamped to ±5: |error| < 5e-5 everywhere. This *is* the
// activation function of base network and rule. Constants live in memory so that V8 keeps them in registers across the loop.
const tanhConstants: usize = memory.data<f32>([
  5.0, 0.9998101428257559, 0.10172315977759853, 0.0006549444584460765, 0.4345040853087872, 0.01263918679019313,
]);

@inline
function tanhWith(x: v128, clamp: v128, low: v128, p0: v128, p1: v128, p2: v128, q1: v128, q2: v128, one: v128): v128 {
  const c = f32x4.pmax(low, f32x4.pmin(clamp, x));
  const t = f32x4.mul(c, c);
  const numerator = f32x4.mul(c, f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(p2, t), p1), t), p0));
  const denominator = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(q2, t), q1), t), one);
  return f32x4.div(numerator, denominator);
}

/** tanh of `bytes / 4` consecutive floats in place; `bytes` a multiple of 16. NaN gives tanh(5). */
export function tanhInPlace(at: usize, bytes: usize): void {
  const clamp = v128.load32_splat(tanhConstants);
  const p0 = v128.load32_splat(tanhConstants, 4);
  const p1 = v128.load32_splat(tanhConstants, 8);
  const p2 = v128.load32_splat(tanhConstants, 12);
  const q1 = v128.load32_splat(tanhConstants, 16);
  const q2 = v128.load32_splat(tanhConstants, 20);
  const low = f32x4.neg(clamp);
  const one = f32x4.splat(1.0);
  const end = at + bytes;
  do {
    v128.store(at, tanhWith(v128.load(at), clamp, low, p0, p1, p2, q1, q2, one));
    at += 16;
  } while (at < end);
}

/** A uniform in (0, 1] from 32 random bits: (float32(bits) + ½) / 2³². */
@inline
export function uniform(bits: v128): v128 {
  return f32x4.mul(f32x4.add(f32x4.convert_i32x4_u(bits), f32x4.splat(0.5)), f32x4.splat(2.3283064365386963e-10));
}

/** 2^n for integer n in [-126, 127], as float lanes. */
@inline
function powerOfTwo(n: v128): v128 {
  return v128.shl<i32>(i32x4.add(n, i32x4.splat(127)), 23);
}

/** exp(x): relative error < 2e-7 where the result is normal; 0 below -104, +∞ above 88.73, denormals included; NaN stays. */
export function exp4(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.splat(-110.0), f32x4.pmin(f32x4.splat(100.0), x));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.4426950408889634)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let y = f32x4.splat(1.9875691500e-4);
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1));
  y = f32x4.add(f32x4.add(f32x4.mul(y, f32x4.mul(r, r)), r), f32x4.splat(1.0));
  // The power is applied in two halves, so that results beyond the range of one factor (∞, denormals) come out right.
  const power = i32x4.trunc_sat_f32x4_s(n);
  const half = v128.shr<i32>(power, 1);
  const result = f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(power, half)));
  return v128.bitselect(result, x, f32x4.eq(x, x));
}

/** Natural logarithm: |error| < 2e-7 · max(1, |log x|), denormals included; log 0 = -∞, log ∞ = ∞, NaN for x < 0. */
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, f32x4.splat(1.1754943508222875e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608.0)), x, tiny);
  const bits = scaled;
  // m in [√½, √2), x = m · 2^e
  let e = i32x4.sub(v128.shr<u32>(bits, 23), i32x4.splat(126));
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)));
  let m = v128.or(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const small = f32x4.lt(m, f32x4.splat(0.70710678118654752));
  e = i32x4.add(e, small);
  m = f32x4.add(f32x4.sub(m, f32x4.splat(1.0)), v128.and(m, small));
  const z = f32x4.mul(m, m);
  let y = f32x4.splat(7.0376836292e-2);
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.1514610310e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(1.1676998740e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.2420140846e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(1.4249322787e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.6668057665e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(2.0000714765e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-2.4999993993e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(3.3333331174e-1));
  y = f32x4.mul(f32x4.mul(y, m), z);
  const exponent = f32x4.convert_i32x4_s(e);
  y = f32x4.add(y, f32x4.mul(exponent, f32x4.splat(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  let result = f32x4.add(f32x4.add(m, y), f32x4.mul(exponent, f32x4.splat(0.693359375)));
  const infinity = f32x4.splat(Infinity);
  result = v128.bitselect(infinity, result, f32x4.eq(x, infinity));
  result = v128.bitselect(f32x4.splat(-Infinity), result, f32x4.eq(x, f32x4.splat(0.0)));
  return v128.bitselect(result, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0.0)));
}

/**
 * sin and cos of `turns` full turns (angle 2π · turns): |error| < 1.2e-7 for every finite input, because the reduction
 * turns - nearest(turns) is exact; NaN for ±∞ and NaN. Returns the cosine, stores the sine at `sineOut`.
 */
export function cosSinTurns4(turns: v128, sineOut: usize): v128 {
  const quarters = f32x4.mul(f32x4.sub(turns, f32x4.nearest(turns)), f32x4.splat(4.0));
  const quadrant = f32x4.nearest(quarters);
  const a = f32x4.mul(f32x4.sub(quarters, quadrant), f32x4.splat(1.5707963267948966));
  const z = f32x4.mul(a, a);
  let s = f32x4.splat(-1.9515295891e-4);
  s = f32x4.add(f32x4.mul(s, z), f32x4.splat(8.3321608736e-3));
  s = f32x4.add(f32x4.mul(s, z), f32x4.splat(-1.6666654611e-1));
  s = f32x4.add(f32x4.mul(f32x4.mul(s, z), a), a);
  let c = f32x4.splat(2.443315711809948e-5);
  c = f32x4.add(f32x4.mul(c, z), f32x4.splat(-1.388731625493765e-3));
  c = f32x4.add(f32x4.mul(c, z), f32x4.splat(4.166664568298827e-2));
  c = f32x4.mul(f32x4.mul(c, z), z);
  c = f32x4.add(f32x4.sub(c, f32x4.mul(z, f32x4.splat(0.5))), f32x4.splat(1.0));
  const q = i32x4.trunc_sat_f32x4_s(quadrant);
  const swap = i32x4.ne(v128.and(q, i32x4.splat(1)), i32x4.splat(0));
  const sineSign = v128.shl<i32>(v128.and(q, i32x4.splat(2)), 30);
  const cosineSign = v128.shl<i32>(v128.and(i32x4.add(q, i32x4.splat(1)), i32x4.splat(2)), 30);
  v128.store(sineOut, v128.xor(v128.bitselect(c, s, swap), sineSign));
  return v128.xor(v128.bitselect(s, c, swap), cosineSign);
}

/** Box-Muller: √(-2 log u) · (cos, sin)(2π v). Returns the cosine half, stores the sine half at `out`. */
@inline
export function gaussianPair(u: v128, v: v128, out: usize): v128 {
  const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2.0), log4(u)));
  const cosine = f32x4.mul(radius, cosSinTurns4(v, out));
  v128.store(out, f32x4.mul(radius, v128.load(out)));
  return cosine;
}

// Scalars are lane 0 of the vector functions: one definition, the same bits.

const scratch: usize = memory.data(16, 16);

export function exp(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

export function log(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

export function tanh(x: f32): f32 {
  v128.store(scratch, f32x4.splat(x));
  tanhInPlace(scratch, 16);
  return load<f32>(scratch);
}

export function cosTurns(turns: f32): f32 {
  return f32x4.extract_lane(cosSinTurns4(f32x4.splat(turns), scratch), 0);
}

export function sinTurns(turns: f32): f32 {
  cosSinTurns4(f32x4.splat(turns), scratch);
  return load<f32>(scratch);
}
