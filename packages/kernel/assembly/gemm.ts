// The one matrix routine: C[m][i] = finish(start + Σ_k A[m][k] · P[k][i]), four lanes of i at a time, k strictly in order.
//
// Every product of the inner training is this one with other strides: the rule's MLP (m = unit, i = neuron × example),
// forward, feedback and lateral signals (m = example, i = neuron), and the weight updates (m = presynaptic neuron, i =
// postsynaptic neuron, k = example). A is read by splats, P by whole vectors. A tile is 4 values of m × 2 vectors of i: 8
// accumulators, which with 2 loaded vectors and the splats fill the 16 registers of x64. The k-loop is not unrolled on
// purpose: unrolled, it spills. I (the extent of i) is in bytes and a multiple of 32: rows have room for whole tiles.
// Distances between rows are in bytes.

/** How a tile starts. */
const ZERO: i32 = 0; // with +0
const ROW: i32 = 1; // with the vector start[i], the same for every m
const SPLAT: i32 = 2; // with start[m] in every lane

/** How a tile ends. */
const STORE: i32 = 0;
const PRIOR: i32 = 1; // adds the plane whose address stands in prior[m]
const UPDATE: i32 = 2; // C ← clip(keep · C + gain · sum, ±10), NaN → 10

/** A: distance from m to m + 1. Contiguous lets the four splats share one address. */
const CONTIGUOUS: bool = true;

@inline
function start4(kind: i32, start: usize, m: i32, i: usize): v128 {
  if (kind == ROW) return v128.load(start + i);
  if (kind == SPLAT) return v128.load32_splat(start + (<usize>m << 2));
  return f32x4.splat(0.0);
}

@inline
function finish4(kind: i32, at: usize, sum: v128, prior: usize, m: i32, i: usize, keep: v128, gain: v128): void {
  if (kind == PRIOR) {
    v128.store(at, f32x4.add(sum, v128.load(load<usize>(prior + (<usize>m << 2)) + i)));
  } else if (kind == UPDATE) {
    const limit = f32x4.splat(10.0);
    const w = f32x4.add(f32x4.mul(keep, v128.load(at)), f32x4.mul(gain, sum));
    v128.store(at, f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, w)));
  } else {
    v128.store(at, sum);
  }
}

@inline
function tile(
  rows: i32, begin: i32, end: i32, packed: bool, m: i32, i: usize,
  c: usize, cs: usize, start: usize, prior: usize, keep: f32, gain: f32,
  a: usize, ams: usize, aks: usize, p: usize, ps: usize, K: i32,
): void {
  let c00 = start4(begin, start, m, i);
  let c01 = start4(begin, start, m, i + 16);
  let c10 = rows > 1 ? start4(begin, start, m + 1, i) : f32x4.splat(0.0);
  let c11 = rows > 1 ? start4(begin, start, m + 1, i + 16) : f32x4.splat(0.0);
  let c20 = rows > 2 ? start4(begin, start, m + 2, i) : f32x4.splat(0.0);
  let c21 = rows > 2 ? start4(begin, start, m + 2, i + 16) : f32x4.splat(0.0);
  let c30 = rows > 3 ? start4(begin, start, m + 3, i) : f32x4.splat(0.0);
  let c31 = rows > 3 ? start4(begin, start, m + 3, i + 16) : f32x4.splat(0.0);
  let a0 = a;
  let a1 = a + ams;
  let a2 = a + 2 * ams;
  let a3 = a + 3 * ams;
  let q = p + i;
  const stop = q + <usize>K * ps;
  do {
    const p0 = v128.load(q);
    const p1 = v128.load(q, 16);
    const s0 = v128.load32_splat(a0);
    c00 = f32x4.add(c00, f32x4.mul(s0, p0));
    c01 = f32x4.add(c01, f32x4.mul(s0, p1));
    if (rows > 1) {
      const s1 = packed ? v128.load32_splat(a0, 4) : v128.load32_splat(a1);
      c10 = f32x4.add(c10, f32x4.mul(s1, p0));
      c11 = f32x4.add(c11, f32x4.mul(s1, p1));
    }
    if (rows > 2) {
      const s2 = packed ? v128.load32_splat(a0, 8) : v128.load32_splat(a2);
      c20 = f32x4.add(c20, f32x4.mul(s2, p0));
      c21 = f32x4.add(c21, f32x4.mul(s2, p1));
    }
    if (rows > 3) {
      const s3 = packed ? v128.load32_splat(a0, 12) : v128.load32_splat(a3);
      c30 = f32x4.add(c30, f32x4.mul(s3, p0));
      c31 = f32x4.add(c31, f32x4.mul(s3, p1));
    }
    q += ps;
    a0 += aks;
    if (!packed) {
      a1 += aks;
      a2 += aks;
      a3 += aks;
    }
  } while (q != stop);
  const vkeep = f32x4.splat(keep);
  const vgain = f32x4.splat(gain);
  let at = c + i;
  finish4(end, at, c00, prior, m, i, vkeep, vgain);
  finish4(end, at + 16, c01, prior, m, i + 16, vkeep, vgain);
  if (rows > 1) {
    at += cs;
    finish4(end, at, c10, prior, m + 1, i, vkeep, vgain);
    finish4(end, at + 16, c11, prior, m + 1, i + 16, vkeep, vgain);
  }
  if (rows > 2) {
    at += cs;
    finish4(end, at, c20, prior, m + 2, i, vkeep, vgain);
    finish4(end, at + 16, c21, prior, m + 2, i + 16, vkeep, vgain);
  }
  if (rows > 3) {
    at += cs;
    finish4(end, at, c30, prior, m + 3, i, vkeep, vgain);
    finish4(end, at + 16, c31, prior, m + 3, i + 16, vkeep, vgain);
  }
}

@inline
function product(
  begin: i32, end: i32, packed: bool, M: i32, I: usize, K: i32,
  c: usize, cs: usize, start: usize, prior: usize, keep: f32, gain: f32,
  a: usize, ams: usize, aks: usize, p: usize, ps: usize,
): void {
  let m = 0;
  for (; m + 4 <= M; m += 4) {
    for (let i: usize = 0; i < I; i += 32) {
      tile(4, begin, end, packed, m, i, c, cs, start, prior, keep, gain, a, ams, aks, p, ps, K);
    }
    c += 4 * cs;
    a += 4 * ams;
  }
  const rest = M - m;
  if (rest == 3) {
    for (let i: usize = 0; i < I; i += 32) tile(3, begin, end, packed, m, i, c, cs, start, prior, keep, gain, a, ams, aks, p, ps, K);
  } else if (rest == 2) {
    for (let i: usize = 0; i < I; i += 32) tile(2, begin, end, packed, m, i, c, cs, start, prior, keep, gain, a, ams, aks, p, ps, K);
  } else if (rest == 1) {
    for (let i: usize = 0; i < I; i += 32) tile(1, begin, end, packed, m, i, c, cs, start, prior, keep, gain, a, ams, aks, p, ps, K);
  }
}

/**
 * The MLP's first layer, whose K is 2 or 3: here the weights of two units stay in registers and i runs innermost.
 * Same sums in the same order as mlpLayer.
 */
export function mlpInput(M: i32, I: usize, K: i32, c: usize, cs: usize, bias: usize, w: usize, outputs: usize, p: usize, ps: usize): void {
  const row = outputs << 2;
  for (let m = 0; m < M; m += 2) {
    const two = m + 1 < M;
    const next: usize = two ? 4 : 0;
    const b0 = v128.load32_splat(bias);
    const b1 = v128.load32_splat(bias + next);
    const w00 = v128.load32_splat(w);
    const w01 = v128.load32_splat(w + next);
    const w10 = v128.load32_splat(w + row);
    const w11 = v128.load32_splat(w + row + next);
    const c1 = two ? c + cs : c;
    if (K == 3) {
      const w20 = v128.load32_splat(w + 2 * row);
      const w21 = v128.load32_splat(w + 2 * row + next);
      let i: usize = 0;
      do {
        const p0 = v128.load(p + i);
        const p1 = v128.load(p + ps + i);
        const p2 = v128.load(p + 2 * ps + i);
        v128.store(c1 + i, f32x4.add(f32x4.add(f32x4.add(b1, f32x4.mul(w01, p0)), f32x4.mul(w11, p1)), f32x4.mul(w21, p2)));
        v128.store(c + i, f32x4.add(f32x4.add(f32x4.add(b0, f32x4.mul(w00, p0)), f32x4.mul(w10, p1)), f32x4.mul(w20, p2)));
        i += 16;
      } while (i < I);
    } else {
      let i: usize = 0;
      do {
        const p0 = v128.load(p + i);
        const p1 = v128.load(p + ps + i);
        v128.store(c1 + i, f32x4.add(f32x4.add(b1, f32x4.mul(w01, p0)), f32x4.mul(w11, p1)));
        v128.store(c + i, f32x4.add(f32x4.add(b0, f32x4.mul(w00, p0)), f32x4.mul(w10, p1)));
        i += 16;
      } while (i < I);
    }
    c += 2 * cs;
    bias += 8;
    w += 8;
  }
}

/** One MLP layer: C[m] = bias[m] + Σ_k w[k][m] · P[k], w stored a row per input of `outputs` weights. */
export function mlpLayer(M: i32, I: usize, K: i32, c: usize, cs: usize, bias: usize, w: usize, outputs: usize, p: usize, ps: usize): void {
  product(SPLAT, STORE, CONTIGUOUS, M, I, K, c, cs, bias, 0, 0, 0, w, 4, outputs << 2, p, ps);
}

/** The MLP's last layer: as mlpLayer, then C[m] += the plane at prior[m]. */
export function mlpOutput(
  M: i32, I: usize, K: i32, c: usize, cs: usize, bias: usize, prior: usize, w: usize, outputs: usize, p: usize, ps: usize,
): void {
  product(SPLAT, PRIOR, CONTIGUOUS, M, I, K, c, cs, bias, prior, 0, 0, w, 4, outputs << 2, p, ps);
}

/** A layer's forward product: C[b] = bias + Σ_j x[b][j] · P[j]; bias is a row. */
export function forwardRows(M: i32, I: usize, K: i32, c: usize, bias: usize, x: usize, xs: usize, p: usize): void {
  product(ROW, STORE, !CONTIGUOUS, M, I, K, c, I, bias, 0, 0, 0, x, xs, 4, p, I);
}

/** Feedback and lateral signals: C[b] = Σ_j x[b][j] · P[j]. */
export function signalRows(M: i32, I: usize, K: i32, c: usize, x: usize, xs: usize, p: usize): void {
  product(ZERO, STORE, !CONTIGUOUS, M, I, K, c, I, 0, 0, 0, 0, x, xs, 4, p, I);
}

/** A weight update: C[m] ← clip(keep · C[m] + gain · Σ_b a[b][m] · P[b]), the batch b in order. */
export function updateRows(M: i32, I: usize, B: i32, c: usize, a: usize, as: usize, p: usize, keep: f32, gain: f32): void {
  product(ZERO, UPDATE, CONTIGUOUS, M, I, B, c, I, 0, 0, keep, gain, a, 4, as, p, I);
}
