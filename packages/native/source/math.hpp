// Deterministic float32 mathematics: the operations of packages/kernel/assembly/math.ts in the same order, never fused.

#pragma once
#include "lanes.hpp"

namespace KERNEL {

/** x (P0 + P1 t + P2 t²) / (1 + Q1 t + Q2 t²), t = x², x clamped to ±5; NaN gives tanh(5). */
INLINE Floats tanhOf(Floats x) {
  const Floats c = greater(lesser(x, splat(5.0f)), splat(-5.0f));
  const Floats t = c * c;
  const Floats numerator = c * ((0.0006549444584460765f * t + 0.10172315977759853f) * t + 0.9998101428257559f);
  const Floats denominator = (0.01263918679019313f * t + 0.4345040853087872f) * t + 1.0f;
  return numerator / denominator;
}

/** A uniform in (0, 1] from 32 random bits: (float32(bits) + ½) / 2³². */
INLINE Floats uniformOf(Words bits) { return (toFloats(bits) + 0.5f) * 2.3283064365386963e-10f; }

/** 2^n for integer n in [-126, 127]. */
INLINE Floats powerOfTwo(Ints n) { return (Floats)((n + 127) << 23); }

INLINE Floats expOf(Floats x) {
  const Floats bounded = greater(lesser(x, splat(100.0f)), splat(-110.0f));
  const Floats n = nearest(bounded * 1.4426950408889634f);
  Floats r = bounded - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  Floats y = splat(1.9875691500e-4f);
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = (y * (r * r) + r) + 1.0f;
  const Ints power = toInts(n);
  const Ints half = power >> 1;
  return select(x == x, (y * powerOfTwo(half)) * powerOfTwo(power - half), x);
}

INLINE Floats logOf(Floats x) {
  const Ints tiny = x < 1.1754943508222875e-38f;
  const Words bits = (Words)select(tiny, x * 8388608.0f, x);
  // m in [√½, √2), x = m · 2^e
  Ints e = (Ints)(bits >> 23) - 126 - (tiny & 23);
  Floats m = (Floats)((bits & 0x007fffffu) | 0x3f000000u);
  const Ints small = m < 0.70710678118654752f;
  e += small;
  m = (m - 1.0f) + (Floats)((Ints)m & small);
  const Floats z = m * m;
  Floats y = splat(7.0376836292e-2f);
  y = y * m + -1.1514610310e-1f;
  y = y * m + 1.1676998740e-1f;
  y = y * m + -1.2420140846e-1f;
  y = y * m + 1.4249322787e-1f;
  y = y * m + -1.6668057665e-1f;
  y = y * m + 2.0000714765e-1f;
  y = y * m + -2.4999993993e-1f;
  y = y * m + 3.3333331174e-1f;
  y = (y * m) * z;
  const Floats exponent = toFloats(e);
  y = y + exponent * -2.12194440e-4f;
  y = y - z * 0.5f;
  const Floats infinity = splat(__builtin_inff());
  Floats result = (m + y) + exponent * 0.693359375f;
  result = select(x == infinity, infinity, result);
  result = select(x == splat(0.0f), -infinity, result);
  return select(x >= splat(0.0f), result, splat(__builtin_nanf("")));
}

/** Cosine and sine of `turns` full turns. */
INLINE void cosSinTurns(Floats turns, Floats& cosine, Floats& sine) {
  const Floats quarters = (turns - nearest(turns)) * 4.0f;
  const Floats quadrant = nearest(quarters);
  const Floats a = (quarters - quadrant) * 1.5707963267948966f;
  const Floats z = a * a;
  Floats s = splat(-1.9515295891e-4f);
  s = s * z + 8.3321608736e-3f;
  s = s * z + -1.6666654611e-1f;
  s = (s * z) * a + a;
  Floats c = splat(2.443315711809948e-5f);
  c = c * z + -1.388731625493765e-3f;
  c = c * z + 4.166664568298827e-2f;
  c = (c * z) * z;
  c = (c - z * 0.5f) + 1.0f;
  const Ints q = toInts(select(quadrant == quadrant, quadrant, splat(0.0f)));
  const Ints swap = (q & 1) != 0;
  sine = (Floats)((Ints)select(swap, c, s) ^ ((q & 2) << 30));
  cosine = (Floats)((Ints)select(swap, s, c) ^ (((q + 1) & 2) << 30));
}

/** Box-Muller: √(-2 log u) · (cos, sin)(2π v). */
INLINE void gaussianPair(Floats u, Floats v, Floats& first, Floats& second) {
  const Floats radius = squareRoot(-2.0f * logOf(u));
  cosSinTurns(v, first, second);
  first = radius * first;
  second = radius * second;
}

// Scalars are lane 0 of the vector functions: one definition, the same bits.

static inline float exp(float x) { return expOf(splat(x))[0]; }
static inline float log(float x) { return logOf(splat(x))[0]; }
static inline float squareRoot(float x) { return __builtin_sqrtf(x); }

static inline void cosSinTurns(float turns, float& cosine, float& sine) {
  Floats c, s;
  cosSinTurns(splat(turns), c, s);
  cosine = c[0];
  sine = s[0];
}

}  // namespace KERNEL
