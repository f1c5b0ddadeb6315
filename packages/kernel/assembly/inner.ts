// One inner training: the data and initial weights of an address, then steps of the rule, from the top layer down.

import { allocate, release } from "./arena";
import { hasLateral, inputs, steps, testCount, unlabelledCount } from "./config";
import { drawData, labelled, labelledLabels, labelledPoints, testLabels, testPoints, unlabelledPoints } from "./data";
import { signalRows, updateRows } from "./gemm";
import {
  biases, clearPadding, dot, drawNetwork, feedbackWeights, forwardHidden, forwardTop, forwardWeights, lateralWeights, measure,
  resetWeights, softmax, stride, top, width,
} from "./network";
import { DELTA, POST_M, POST_V, POST_W, PRE_M, PRE_V, PRE_W, ask, keep, rate, useTheta } from "./rule";

/** Examples of one inner batch: the labelled ones, then the unlabelled ones. */
let batch: i32 = 0;

// Ten planes a layer, `plane` bytes apart: z, r, s, then the rule's seven outputs. A plane is [example][neuron].
const PLANES: i32 = 10;
const FIRST_OUTPUT: i32 = 3;
const planes: usize = memory.data(48, 16);

@inline
function plane(l: i32, index: i32): usize {
  return load<usize>(planes + (<usize>l << 3)) + <usize>index * load<usize>(planes + (<usize>l << 3), 4);
}

@inline
function activation(l: i32): usize { return plane(l, 0); }
@inline
function reverse(l: i32): usize { return plane(l, 1); }
@inline
function lateral(l: i32): usize { return plane(l, 2); }
@inline
function output(l: i32, o: i32): usize { return plane(l, FIRST_OUTPUT + o); }
@inline
function rowBytes(l: i32): usize { return <usize>stride(l) << 2; }

/** Draws task, data and initial weights of the address set in philox.ts. `base`: where the training's memory begins. */
export function prepare(base: usize): void {
  release(base);
  drawData();
  batch = labelled + unlabelledCount();
  drawNetwork(max(max(batch, testCount()), 64));
  for (let l = 0; l <= top; l++) {
    const bytes = ((<usize>(batch * stride(l)) << 2) + 127) & ~63;
    const at = allocate(bytes * PLANES);
    memory.fill(at, 0, bytes * PLANES);
    store<usize>(planes + (<usize>l << 3), at);
    store<usize>(planes + (<usize>l << 3), bytes, 4);
  }
}

/** Starts a training of the prepared task with rule θ. */
export function start(theta: usize): void {
  useTheta(theta);
  resetWeights();
}

function forward(t: i32): void {
  const z = activation(0);
  const row = rowBytes(0);
  memory.copy(z, labelledPoints, <usize>labelled * row);
  memory.copy(z + <usize>labelled * row, unlabelledPoints + <usize>(t * unlabelledCount()) * row, <usize>unlabelledCount() * row);
  for (let l = 1; l < top; l++) forwardHidden(l, batch, activation(l - 1), activation(l));
  forwardTop(batch, activation(top - 1), activation(top));
  softmax(batch, activation(top));
}

/** r = y - p of the labelled examples; it stays 0 for the unlabelled ones. */
function topSignal(): void {
  const n = width(top);
  const p = activation(top);
  const r = reverse(top);
  for (let b = 0; b < labelled; b++) {
    const label = load<i32>(labelledLabels + (<usize>b << 2));
    for (let k = 0; k < n; k++) {
      const at = <usize>(b * n + k) << 2;
      store<f32>(r + at, (k == label ? <f32>1 : <f32>0) - load<f32>(p + at));
    }
  }
}

/** s = M z of layer l. */
function lateralSignal(l: i32): void {
  const n = width(l);
  if (l < top) {
    signalRows(batch, rowBytes(l), n, lateral(l), activation(l), rowBytes(l), lateralWeights(l));
    return;
  }
  for (let b = 0; b < batch; b++) {
    const z = activation(l) + <usize>b * rowBytes(l);
    for (let i = 0; i < n; i++) {
      let sum: f32 = 0;
      for (let j = 0; j < n; j++) sum += load<f32>(lateralWeights(l) + (<usize>(i * n + j) << 2)) * load<f32>(z + (<usize>j << 2));
      store<f32>(lateral(l) + (<usize>(b * n + i) << 2), sum);
    }
  }
}

/** r of the layer below: V δ. */
function feedbackSignal(l: i32): void {
  const delta = output(l, DELTA);
  if (l > 1) {
    signalRows(batch, rowBytes(l - 1), width(l), reverse(l - 1), delta, rowBytes(l), feedbackWeights(l));
    return;
  }
  const n = width(0);
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < n; i++) {
      const r = dot(feedbackWeights(1) + <usize>i * rowBytes(1), delta + <usize>b * rowBytes(1), rowBytes(1));
      store<f32>(reverse(0) + (<usize>(b * n + i) << 2), r);
    }
  }
}

/** Asks the rule for every neuron of layer l, labelled examples first: the unlabelled ones overwrite what runs over. */
function askLayer(l: i32): void {
  const split = labelled * stride(l);
  const shift = <usize>split << 2;
  const bytes = load<usize>(planes + (<usize>l << 3), 4);
  ask(split, true, l == 0, l == top, activation(l), output(l, 0), bytes);
  if (batch > labelled) ask((batch - labelled) * stride(l), false, l == 0, l == top, activation(l) + shift, output(l, 0) + shift, bytes);
  if (l > 0 && l < top) clearPadding(l, batch, output(l, DELTA));
}

@inline
function gain(set: i32, n: i32): f32 {
  return rate(set) * (<f32>1 / <f32>(batch * n));
}

@inline
function clipped(w: f32): f32 {
  const low: f32 = w < 10.0 ? w : 10.0;
  return low > -10.0 ? low : -10.0;
}

const one: usize = memory.data<f32>([1.0]);

/** b ← clip(keep b + gain Σ postW): a weight update whose presynaptic term is 1. */
function updateBiases(l: i32): void {
  const row = rowBytes(l);
  if (l < top) {
    updateRows(1, row, batch, biases(l), one, 0, output(l, POST_W), keep(0), gain(0, 1));
    return;
  }
  for (let i: usize = 0; i < row; i += 4) {
    let sum: f32 = 0;
    for (let b = 0; b < batch; b++) sum += load<f32>(output(l, POST_W) + <usize>b * row + i);
    store<f32>(biases(l) + i, clipped(keep(0) * load<f32>(biases(l) + i) + gain(0, 1) * sum));
  }
}

function updateTopLateral(): void {
  const n = width(top);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum: f32 = 0;
      for (let b = 0; b < batch; b++) {
        sum += load<f32>(output(top, POST_M) + (<usize>(b * n + i) << 2)) * load<f32>(output(top, PRE_M) + (<usize>(b * n + j) << 2));
      }
      const at = lateralWeights(top) + (<usize>(i * n + j) << 2);
      store<f32>(at, clipped(keep(2) * load<f32>(at) + gain(2, n) * sum));
    }
  }
}

function updateLayer(l: i32): void {
  const n = width(l);
  const below = width(l - 1);
  const rows = rowBytes(l);
  const rowsBelow = rowBytes(l - 1);
  const gainW = gain(0, below);
  if (l < top) updateRows(below, rows, batch, forwardWeights(l), output(l - 1, PRE_W), rowsBelow, output(l, POST_W), keep(0), gainW);
  else updateRows(n, rowsBelow, batch, forwardWeights(l), output(l, POST_W), rows, output(l - 1, PRE_W), keep(0), gainW);
  updateBiases(l);
  const gainV = gain(1, n);
  if (l > 1) updateRows(n, rowsBelow, batch, feedbackWeights(l), output(l, PRE_V), rows, output(l - 1, POST_V), keep(1), gainV);
  else updateRows(below, rows, batch, feedbackWeights(l), output(0, POST_V), rowsBelow, output(l, PRE_V), keep(1), gainV);
  if (!hasLateral()) return;
  if (l < top) updateRows(n, rows, batch, lateralWeights(l), output(l, PRE_M), rows, output(l, POST_M), keep(2), gain(2, n));
  else updateTopLateral();
}

/** Inner step t. */
export function step(t: i32): void {
  forward(t);
  topSignal();
  for (let l = top; l >= 0; l--) {
    if (l > 0 && hasLateral()) lateralSignal(l);
    askLayer(l);
    if (l > 0) feedbackSignal(l);
  }
  for (let l = 1; l <= top; l++) updateLayer(l);
}

export function train(theta: usize): void {
  start(theta);
  for (let t = 0; t < steps(); t++) step(t);
}

export function measureTest(): void {
  measure(testCount(), testPoints, testLabels);
}

export function measureLabelled(): void {
  measure(labelled, labelledPoints, labelledLabels);
}
