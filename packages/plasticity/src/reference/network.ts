// The oracle's base network: weights, forward pass, what it achieves. Layers 0 (input) to L (softmax); z⁰ = x, z^L = p.

import { type KernelConfig, STREAM, type Trial } from '@metaplast/kernel';
import type { Activation } from './activation.js';
import type { Draws } from './random.js';
import { hiddenWidth, type ReferenceData, type ReferenceSet } from './tasks.js';

/** Weights of layer l >= 1, row-major: `width` neurons here, `below` in layer l - 1. */
export interface ReferenceLayer {
  width: number;
  below: number;
  /** W [width × below] */
  forward: Float64Array;
  /** b [width] */
  biases: Float64Array;
  /** V [below × width]: carries the error down. */
  feedback: Float64Array;
  /** M [width × width]: signals between the neurons of this layer. */
  lateral: Float64Array;
}

/** Layers 1 to L, and the hidden layers' activation function. */
export interface ReferenceNetwork {
  inputs: number;
  layers: ReferenceLayer[];
  activation: Activation;
}

/** Draws the initial weights: W, V, M ~ N(0, 1 / fan-in), b = 0. Without lateral weights M = 0. */
export function drawNetwork(config: KernelConfig, draws: Draws, activation: Activation): ReferenceNetwork {
  const top = config.hidden.length + 1;
  const matrix = (kind: number, rows: number, fanIn: number): Float64Array =>
    draws.normals(kind, rows * fanIn).map((normal) => normal / Math.sqrt(fanIn));
  const layers: ReferenceLayer[] = [];
  let below = config.inputs;
  for (let l = 1; l <= top; l++) {
    const width = l === top ? config.classes : hiddenWidth(config, draws, l);
    layers.push({
      width,
      below,
      forward: matrix(STREAM.forwardWeights + l, width, below),
      biases: new Float64Array(width),
      feedback: matrix(STREAM.feedbackWeights + l, below, width),
      lateral: config.rule.lateral ? matrix(STREAM.lateralWeights + l, width, width) : new Float64Array(width * width),
    });
    below = width;
  }
  return { inputs: config.inputs, layers, activation };
}

/** out[b] = matrix · x[b] for `batch` rows x[b] of `columns` numbers; the matrix is [rows × columns]. */
export function multiply(matrix: Float64Array, rows: number, columns: number, x: Float64Array, batch: number, out: Float64Array): void {
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += matrix[i * columns + j]! * x[b * columns + j]!;
      out[b * rows + i] = sum;
    }
  }
}

/** Fills in the activations z[1] .. z[L] of `batch` examples from z[0]; z[L] gets the logits. */
export function forward({ layers, activation }: ReferenceNetwork, z: readonly Float64Array[], batch: number): void {
  layers.forEach((layer, i) => {
    const { width, below, biases } = layer;
    const out = z[i + 1]!;
    multiply(layer.forward, width, below, z[i]!, batch, out);
    for (let e = 0; e < batch * width; e++) out[e]! += biases[e % width]!;
    if (i < layers.length - 1) for (let e = 0; e < batch * width; e++) out[e] = activation(out[e]!);
  });
}

/** Turns rows of n logits into probabilities. */
export function softmax(logits: Float64Array, n: number): void {
  for (let row = 0; row < logits.length; row += n) {
    const values = logits.subarray(row, row + n);
    const largest = values.reduce((a, b) => Math.max(a, b));
    for (let k = 0; k < n; k++) values[k] = Math.exp(values[k]! - largest);
    const total = values.reduce((a, b) => a + b);
    for (let k = 0; k < n; k++) values[k]! /= total;
  }
}

function logitsOf(network: ReferenceNetwork, points: Float64Array): Float64Array {
  const batch = points.length / network.inputs;
  const z = [points, ...network.layers.map(({ width }) => new Float64Array(batch * width))];
  forward(network, z, batch);
  return z.at(-1)!;
}

/** Class probabilities [point][class]. */
export function predict(network: ReferenceNetwork, points: Float64Array): Float64Array {
  const probabilities = logitsOf(network, points);
  softmax(probabilities, network.layers.at(-1)!.width);
  return probabilities;
}

/** Mean cross-entropy (nats) and share of right answers; of equal logits the first is the answer. */
export function score(network: ReferenceNetwork, { points, labels }: ReferenceSet): { crossEntropy: number; accuracy: number } {
  const n = network.layers.at(-1)!.width;
  const logits = logitsOf(network, points);
  let loss = 0;
  let right = 0;
  labels.forEach((label, b) => {
    const row = logits.subarray(b * n, (b + 1) * n);
    const largest = row.reduce((p, q) => Math.max(p, q));
    loss += Math.log(row.reduce((sum, y) => sum + Math.exp(y - largest), 0)) + largest - row[label]!;
    if (row.indexOf(largest) === label) right++;
  });
  return { crossEntropy: loss / labels.length, accuracy: right / labels.length };
}

/** What a network achieves on its task. */
export function measure(network: ReferenceNetwork, data: ReferenceData): Trial {
  return { ...score(network, data.test), trainCrossEntropy: score(network, data.labelled).crossEntropy };
}
