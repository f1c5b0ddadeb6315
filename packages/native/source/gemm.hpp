// The one matrix routine: C[m][i] = finish(start + Σ_k A[m][k] · P[k][i]), whole vectors of i at a time, k strictly in order.
//
// As packages/kernel/assembly/gemm.ts, with a tile for this width's registers. A tile that ends in tanh lets the divisions
// overlap with the next tile's products: small tiles do, large ones fill the processor's window. The extent of i is a multiple of
// LANES; distances are in floats.

#pragma once
#include "math.hpp"

namespace KERNEL {

/** A tile: its sums, and what a step of k needs, fit the registers: 32 of them, or 16. */
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int TILE_ROWS = 8, TILE_VECTORS = 1;
#else
constexpr int TILE_ROWS = 4, TILE_VECTORS = 2;
#endif

/** How a tile starts: with +0, with the vector start[i] (the same for every m), or with start[m] in every lane. */
enum Begin { ZERO, ROW, SPLAT };
/** How a tile ends: as it is, with tanh, plus the plane prior[m], or as an update: C ← clip(keep · C + gain · sum, ±10), NaN → 10. */
enum End { STORE, TANH, PRIOR, UPDATE };

struct Product {
  int M;
  long I;
  int K;
  float* c;
  long cs;
  const float* a;
  long ams, aks;
  const float* p;
  long ps;
  const float* start;
  const float* const* prior;
  float keep, gain;
};

template <End END>
INLINE void finish(const Product& q, int m, long i, float* at, Floats sum) {
  if (END == TANH) sum = tanhOf(sum);
  if (END == PRIOR) sum = sum + load(q.prior[m] + i);
  if (END == UPDATE) sum = greater(lesser(q.keep * load(at) + q.gain * sum, splat(10.0f)), splat(-10.0f));
  store(at, sum);
}

/** Rows m .. m + ROWS - 1 by vectors at i. PACKED: A's distance from m to m + 1 is 1. */
template <int ROWS, int VECTORS, Begin BEGIN, End END, bool PACKED>
INLINE void tile(const Product& q, int m, long i) {
  Floats sum[ROWS][VECTORS];
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
      sum[r][v] = BEGIN == ROW ? load(q.start + i + v * LANES) : BEGIN == SPLAT ? splat(q.start[m + r]) : Floats{};
    }
  }
  const long ams = PACKED ? 1 : q.ams, aks = q.aks, ps = q.ps;
  const float* a = q.a + m * ams;
  const float* p = q.p + i;
  for (int k = q.K; k > 0; k--) {
    Floats x[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) x[v] = load(p + v * LANES);
#pragma GCC unroll 16
    for (int r = 0; r < ROWS; r++) {
      const Floats w = splat(a[r * ams]);
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) sum[r][v] = sum[r][v] + w * x[v];
    }
    a += aks;
    p += ps;
  }
  float* c = q.c + m * q.cs + i;
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) finish<END>(q, m + r, i + v * LANES, c + r * q.cs + v * LANES, sum[r][v]);
  }
}

/** ROWS rows from m on, all vectors. */
template <int ROWS, Begin BEGIN, End END, bool PACKED>
INLINE void rows(const Product& q, int m) {
  long i = 0;
  constexpr int STEP = TILE_VECTORS * LANES;
  for (; i + STEP <= q.I; i += STEP) tile<ROWS, TILE_VECTORS, BEGIN, END, PACKED>(q, m, i);
  for (; i < q.I; i += LANES) tile<ROWS, 1, BEGIN, END, PACKED>(q, m, i);
}

template <Begin BEGIN, End END, bool PACKED>
static void product(const Product q) {
  int m = 0;
  for (; m + TILE_ROWS <= q.M; m += TILE_ROWS) rows<TILE_ROWS, BEGIN, END, PACKED>(q, m);
  switch (q.M - m) {
    case 7: return rows<7, BEGIN, END, PACKED>(q, m);
    case 6: return rows<6, BEGIN, END, PACKED>(q, m);
    case 5: return rows<5, BEGIN, END, PACKED>(q, m);
    case 4: return rows<4, BEGIN, END, PACKED>(q, m);
    case 3: return rows<3, BEGIN, END, PACKED>(q, m);
    case 2: return rows<2, BEGIN, END, PACKED>(q, m);
    case 1: return rows<1, BEGIN, END, PACKED>(q, m);
  }
}

/** The MLP's first layer, tanh included, whose K is 2 or 3: the weights stay in registers and i runs innermost. */
template <int K>
static void mlpInput(int M, long I, float* c, long cs, const float* bias, const float* w, const float* p, long ps) {
  for (int m = 0; m < M; m++, c += cs) {
    const Floats b = splat(bias[m]), w0 = splat(w[m]), w1 = splat(w[M + m]), w2 = splat(K == 3 ? w[2 * M + m] : 0.0f);
    for (long i = 0; i < I; i += LANES) {
      Floats sum = (b + w0 * load(p + i)) + w1 * load(p + ps + i);
      if (K == 3) sum = sum + w2 * load(p + 2 * ps + i);
      store(c + i, tanhOf(sum));
    }
  }
}

/** One MLP layer: C[m] = tanh(bias[m] + Σ_k w[k][m] · P[k]), w a row per input of M weights. */
static void mlpLayer(int M, long I, int K, float* c, long cs, const float* bias, const float* w, const float* p, long ps) {
  product<SPLAT, TANH, true>({M, I, K, c, cs, w, 1, M, p, ps, bias, nullptr, 0, 0});
}

/** The MLP's last layer: C[m] = (bias[m] + Σ_k w[k][m] · P[k]) + prior[m], w a row per input of `outputs` weights. */
static void mlpOutput(int M, long I, int K, float* c, long cs, const float* bias, const float* const* prior, const float* w,
                      int outputs, const float* p, long ps) {
  product<SPLAT, PRIOR, true>({M, I, K, c, cs, w, 1, outputs, p, ps, bias, prior, 0, 0});
}

/** A hidden layer: C[b] = tanh(bias + Σ_j x[b][j] · P[j]); bias is a row. */
static void forwardRows(int M, long I, int K, float* c, const float* bias, const float* x, long xs, const float* p) {
  product<ROW, TANH, false>({M, I, K, c, I, x, xs, 1, p, I, bias, nullptr, 0, 0});
}

/** Feedback and lateral signals: C[b] = Σ_j x[b][j] · P[j]. */
static void signalRows(int M, long I, int K, float* c, const float* x, long xs, const float* p) {
  product<ZERO, STORE, false>({M, I, K, c, I, x, xs, 1, p, I, nullptr, nullptr, 0, 0});
}

/** A weight update: C[m] ← clip(keep · C[m] + gain · Σ_b a[b][m] · P[b]), the batch b in order. */
static void updateRows(int M, long I, int B, float* c, const float* a, long as, const float* p, float keep, float gain) {
  product<ZERO, UPDATE, true>({M, I, B, c, I, a, 1, as, p, I, nullptr, nullptr, keep, gain});
}

}  // namespace KERNEL
