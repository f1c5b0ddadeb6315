// Vectors of LANES floats by the compiler's vector extension. Lanes never meet, so the width never changes a result.
//
// Every file but addon.cpp and trainer.hpp is compiled once for each width, into a namespace of its own (KERNEL), with the
// instructions of that width. So none of them may use a template or inline function of the standard library: the linker
// would keep one copy for all, perhaps the one that this processor cannot run.

#pragma once
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE __attribute__((always_inline)) static inline

namespace KERNEL {

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));

INLINE long roundUp(long n) { return (n + LANES - 1) & ~long(LANES - 1); }

INLINE Floats load(const float* at) {
  Floats v;
  memcpy(&v, at, sizeof v);
  return v;
}

INLINE void store(float* at, Floats v) { memcpy(at, &v, sizeof v); }

/** x in every lane; compilers drop the subtraction (x + 0 they may not: it turns -0 into +0). */
INLINE Floats splat(float x) { return x - Floats{}; }
INLINE Ints splatInt(int32_t x) { return Ints{} + x; }

INLINE Floats select(Ints mask, Floats yes, Floats no) { return mask ? yes : no; }

/** a < b ? a : b and a > b ? a : b, so b where one is NaN: what x64's instructions do, but compilers do not see it. */
INLINE Floats lesser(Floats a, Floats b) {
#if defined(__AVX512F__) && LANES == 16
  return (Floats)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__) && LANES == 8
  return (Floats)_mm256_min_ps((__m256)a, (__m256)b);
#elif defined(__SSE4_1__) && LANES == 4
  return (Floats)_mm_min_ps((__m128)a, (__m128)b);
#else
  return select(a < b, a, b);
#endif
}

INLINE Floats greater(Floats a, Floats b) {
#if defined(__AVX512F__) && LANES == 16
  return (Floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__) && LANES == 8
  return (Floats)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE4_1__) && LANES == 4
  return (Floats)_mm_max_ps((__m128)a, (__m128)b);
#else
  return select(a > b, a, b);
#endif
}

/** To the nearest integer, ties to even. */
INLINE Floats nearest(Floats x) {
#if defined(__AVX512F__) && LANES == 16
  return (Floats)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif defined(__AVX2__) && LANES == 8
  return (Floats)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif defined(__SSE4_1__) && LANES == 4
  return (Floats)_mm_round_ps((__m128)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  for (int i = 0; i < LANES; i++) x[i] = __builtin_rintf(x[i]);
  return x;
#endif
}

INLINE Floats squareRoot(Floats x) {
  for (int i = 0; i < LANES; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

INLINE Floats toFloats(Ints x) { return __builtin_convertvector(x, Floats); }
INLINE Floats toFloats(Words x) { return __builtin_convertvector(x, Floats); }
/** Truncates; every lane must be within an int32. */
INLINE Ints toInts(Floats x) { return __builtin_convertvector(x, Ints); }

/** High words of the products with m, a 64-bit product for every other lane at a time. */
INLINE Words mulHigh(uint32_t m, Words a) {
  typedef uint64_t Wide __attribute__((vector_size(4 * LANES)));
  const Wide even = ((Wide)a & 0xffffffffu) * uint64_t(m);
  const Wide odd = ((Wide)a >> 32) * uint64_t(m);
  return (Words)((even >> 32) | (odd & ~Wide{} << 32));
}

INLINE int lesser(int a, int b) { return a < b ? a : b; }
INLINE int greater(int a, int b) { return a > b ? a : b; }
INLINE long lesser(long a, long b) { return a < b ? a : b; }
INLINE long greater(long a, long b) { return a > b ? a : b; }

}  // namespace KERNEL
