// The base network: shapes, weights and the forward pass.
//
// Layers 0 (input) to L (logits). A row of neurons of a hidden layer is padded with zeros to a multiple of 16 lanes, so that
// sums over neurons are the same tree for any width of vector; rows of layers 0 and L are not padded. Weights:
//   W of hidden layer l:  [presynaptic j][postsynaptic i]    W of the top: [postsynaptic k][presynaptic j]
//   V into hidden layer:  [from j of l][to i of l - 1]       V into the input: [to i][from j of layer 1]
//   M of a hidden layer:  [from j][to i]                     M of the top: [to i][from j]
// in other words: the padded hidden dimension is always the one in lanes.

import { allocate } from "./arena";
import { classes, hasLateral, hiddenLayers, hiddenWidth, inputs } from "./config";
import { forwardRows } from "./gemm";
import { exp4, log, tanhInPlace } from "./math";
import { fillGaussian, uniformAt } from "./philox";
import { TASK, WEIGHTS_FEEDBACK, WEIGHTS_FORWARD, WEIGHTS_LATERAL } from "./streams";

/** Number of the top layer, L. */
export let top: i32 = 0;

const MAX_LAYERS: i32 = 5;
// A table: width, stride, W, V, M, b of each layer; V of layer l carries from l down to l - 1.
const table: usize = memory.data(120, 16);

@inline
function entry(column: i32, layer: i32): usize {
  return table + (<usize>(column * MAX_LAYERS + layer) << 2);
}

export function width(layer: i32): i32 { return load<i32>(entry(0, layer)); }
/** Floats from one example's row to the next. */
export function stride(layer: i32): i32 { return load<i32>(entry(1, layer)); }
export function forwardWeights(layer: i32): usize { return load<usize>(entry(2, layer)); }
export function feedbackWeights(layer: i32): usize { return load<usize>(entry(3, layer)); }
export function lateralWeights(layer: i32): usize { return load<usize>(entry(4, layer)); }
export function biases(layer: i32): usize { return load<usize>(entry(5, layer)); }

/** All weights lie in one block: `weights` is used by the training, `initial` keeps the start for the pair's other member. */
let weights: usize = 0;
let initial: usize = 0;
let weightBytes: usize = 0;
let oddHidden: usize = 0;
let evenHidden: usize = 0;
let logits: usize = 0;

function place(column: i32, layer: i32, rows: i32, columns: i32): void {
  store<usize>(entry(column, layer), allocate((<usize>(rows * columns) << 2) + 32));
}

/** N(0, 1/fanIn) for the matrix [rows × fanIn], drawn in row order; stored transposed where the rows are the hidden dimension. */
function drawMatrix(kind: u32, at: usize, rows: i32, fanIn: i32, rowStride: i32, columnStride: i32, draws: usize): void {
  fillGaussian(kind, rows * fanIn, draws);
  const scale = <f32>1 / sqrt<f32>(<f32>fanIn);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < fanIn; c++) {
      const from = draws + (<usize>(r * fanIn + c) << 2);
      store<f32>(at + (<usize>(r * rowStride + c * columnStride) << 2), load<f32>(from) * scale);
    }
  }
}

/** Chooses the widths, lays out and draws the initial weights. `rows`: how many examples a forward pass may have. */
export function drawNetwork(rows: i32): void {
  top = hiddenLayers() + 1;
  let widest = 0;
  for (let l = 0; l <= top; l++) {
    const isHidden = l > 0 && l < top;
    const n = l == 0 ? inputs() : l == top ? classes() : hiddenWidth(l - 1, uniformAt(TASK, 1 + l));
    store<i32>(entry(0, l), n);
    store<i32>(entry(1, l), isHidden ? (n + 15) & ~15 : n);
    widest = max(widest, stride(l));
  }
  weights = allocate(0);
  for (let l = 1; l <= top; l++) {
    const s = stride(l);
    const below = stride(l - 1);
    if (l < top) place(2, l, width(l - 1), s);
    else place(2, l, s, below);
    if (l > 1) place(3, l, width(l), below);
    else place(3, l, below, s);
    place(4, l, width(l), s);
    place(5, l, 1, s);
  }
  weightBytes = allocate(0) - weights;
  memory.fill(weights, 0, weightBytes);
  const draws = allocate((<usize>(widest * widest) << 2) + 64);
  for (let l = 1; l <= top; l++) {
    const n = width(l);
    const below = width(l - 1);
    if (l < top) drawMatrix(WEIGHTS_FORWARD + l, forwardWeights(l), n, below, 1, stride(l), draws);
    else drawMatrix(WEIGHTS_FORWARD + l, forwardWeights(l), n, below, stride(l - 1), 1, draws);
    if (l > 1) drawMatrix(WEIGHTS_FEEDBACK + l, feedbackWeights(l), below, n, 1, stride(l - 1), draws);
    else drawMatrix(WEIGHTS_FEEDBACK + l, feedbackWeights(l), below, n, stride(l), 1, draws);
    if (!hasLateral()) continue;
    if (l < top) drawMatrix(WEIGHTS_LATERAL + l, lateralWeights(l), n, n, 1, stride(l), draws);
    else drawMatrix(WEIGHTS_LATERAL + l, lateralWeights(l), n, n, n, 1, draws);
  }
  initial = allocate(weightBytes);
  memory.copy(initial, weights, weightBytes);
  oddHidden = allocate((<usize>(rows * widest) << 2) + 64);
  evenHidden = allocate((<usize>(rows * widest) << 2) + 64);
  logits = allocate((<usize>(rows * classes()) << 2) + 64);
}

/** Back to the initial weights. */
export function resetWeights(): void {
  memory.copy(weights, initial, weightBytes);
}

/** Sum over neurons Σ_j x[j] y[j] of two zero-padded rows: 16 lane sums in order, then the halves added: 16 → 8 → 4 → 2 → 1. */
export function dot(x: usize, y: usize, bytes: usize): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(x + i), v128.load(y + i)));
    b = f32x4.add(b, f32x4.mul(v128.load(x + i, 16), v128.load(y + i, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(x + i, 32), v128.load(y + i, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(x + i, 48), v128.load(y + i, 48)));
  }
  a = f32x4.add(f32x4.add(a, c), f32x4.add(b, d));
  a = f32x4.add(a, f32x4.shuffle(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1);
}

/** Zeroes the padding lanes of each row of a hidden layer. */
export function clearPadding(layer: i32, rows: i32, at: usize): void {
  const n = width(layer);
  const s = stride(layer);
  if (n == s) return;
  for (let b = 0; b < rows; b++) {
    memory.fill(at + (<usize>(b * s + n) << 2), 0, <usize>(s - n) << 2);
  }
}

/** tanh(x W + b) of `rows` examples into layer l < L. */
export function forwardHidden(l: i32, rows: i32, x: usize, out: usize): void {
  const bytes = <usize>stride(l) << 2;
  forwardRows(rows, bytes, width(l - 1), out, biases(l), x, <usize>stride(l - 1) << 2, forwardWeights(l));
  tanhInPlace(out, <usize>rows * bytes);
  clearPadding(l, rows, out);
}

/** Logits of `rows` examples from the last hidden layer's rows. */
export function forwardTop(rows: i32, x: usize, out: usize): void {
  const bytes = <usize>stride(top - 1) << 2;
  const n = width(top);
  for (let b = 0; b < rows; b++) {
    for (let k = 0; k < n; k++) {
      const y = dot(x, forwardWeights(top) + <usize>k * bytes, bytes) + load<f32>(biases(top) + (<usize>k << 2));
      store<f32>(out + (<usize>(b * n + k) << 2), y);
    }
    x += bytes;
  }
}

/** Softmax of each row of logits in place (room rounded up to 16 bytes). */
export function softmax(rows: i32, at: usize): void {
  const n = width(top);
  const total = <usize>(rows * n) << 2;
  for (let row = at; row < at + total; row += <usize>n << 2) {
    const largest = rowMax(row, n);
    for (let k = 0; k < n; k++) store<f32>(row + (<usize>k << 2), load<f32>(row + (<usize>k << 2)) - largest);
  }
  for (let i: usize = 0; i < total; i += 16) v128.store(at + i, exp4(v128.load(at + i)));
  for (let row = at; row < at + total; row += <usize>n << 2) {
    let sum: f32 = 0;
    for (let k = 0; k < n; k++) sum += load<f32>(row + (<usize>k << 2));
    for (let k = 0; k < n; k++) store<f32>(row + (<usize>k << 2), load<f32>(row + (<usize>k << 2)) / sum);
  }
}

function rowMax(row: usize, n: i32): f32 {
  let largest = load<f32>(row);
  for (let k = 1; k < n; k++) {
    const y = load<f32>(row + (<usize>k << 2));
    largest = y > largest ? y : largest;
  }
  return largest;
}

/** Class probabilities of `rows` points (at most the rows of drawNetwork) at `out` (16 bytes of room behind). */
export function predict(rows: i32, points: usize, out: usize): void {
  forwardAll(rows, points, out);
  softmax(rows, out);
}

/** Logits of `rows` points: each hidden layer's activations go to the buffer that the layer below does not use. */
function forwardAll(rows: i32, points: usize, out: usize): void {
  let x = points;
  for (let l = 1; l < top; l++) {
    const y = (l & 1) != 0 ? oddHidden : evenHidden;
    forwardHidden(l, rows, x, y);
    x = y;
  }
  forwardTop(rows, x, out);
}

/** Mean cross-entropy in nats of the last measure(). */
export let meanCrossEntropy: f32 = 0;
/** Share of points whose largest logit is their label's (the first of equal ones counts). */
export let accuracy: f32 = 0;

/** Cross-entropy and accuracy on a labelled set of at most the rows of drawNetwork; sums in float64, points in order. */
export function measure(rows: i32, points: usize, labels: usize): void {
  const n = width(top);
  forwardAll(rows, points, logits);
  let sum: f64 = 0;
  let hits = 0;
  for (let b = 0; b < rows; b++) {
    const row = logits + (<usize>(b * n) << 2);
    const label = load<i32>(labels + (<usize>b << 2));
    const own = load<f32>(row + (<usize>label << 2));
    const largest = rowMax(row, n);
    let first = 0;
    while (first < n - 1 && load<f32>(row + (<usize>first << 2)) != largest) first++;
    if (first == label) hits++;
    sum += <f64>(logSumExp(row, n, largest) + (largest - own));
  }
  meanCrossEntropy = <f32>(sum / <f64>rows);
  accuracy = <f32>hits / <f32>rows;
}

/** log Σ_k exp(y_k - max). */
function logSumExp(row: usize, n: i32, largest: f32): f32 {
  let sum: f32 = 0;
  const shift = f32x4.splat(largest);
  for (let k = 0; k < n; k += 4) {
    const e = exp4(f32x4.sub(v128.load(row + (<usize>k << 2)), shift));
    sum += f32x4.extract_lane(e, 0);
    if (k + 1 < n) sum += f32x4.extract_lane(e, 1);
    if (k + 2 < n) sum += f32x4.extract_lane(e, 2);
    if (k + 3 < n) sum += f32x4.extract_lane(e, 3);
  }
  return log(sum);
}
