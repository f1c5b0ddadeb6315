// The baseline's network: the same shape, activation and initial weights as the rule's, with the exact gradient by hand.
//
// float64, and no function but + - * / and the kernel's exp and log, so that a baseline has the same bits everywhere.
// One flat vector of parameters (layer after layer: weights [width × width below], then biases) is what an optimiser steps.

import { type DataSet, exp, type LayerWeights, log, type TaskData, type Trial } from '@metaplast/kernel';
import { rationalTanh, rationalTanhSlope } from '../reference/activation.js';

/** A layer's place in the parameter vector, its part of the gradient, and its examples [example][neuron]. */
interface Layer {
  width: number;
  below: number;
  weights: Float64Array;
  biases: Float64Array;
  weightGradient: Float64Array;
  biasGradient: Float64Array;
  /** Sums before the activation function; logits at the top. */
  sums: Float64Array;
  values: Float64Array;
  /** Derivative of the loss by `sums`. */
  errors: Float64Array;
}

/** A fully connected network that learns by backpropagation of the mean cross-entropy. */
export class BackpropNetwork {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly #inputs: number;
  readonly #classes: number;
  readonly #layers: Layer[];
  #room = 0;
  #points: Float64Array = new Float64Array(0);

  /** `initial`: what Kernel.weights() gives for layers 1 to L; only forward weights and biases are used. */
  constructor(initial: readonly LayerWeights[]) {
    const size = initial.reduce((sum, { forward, biases }) => sum + forward.length + biases.length, 0);
    this.parameters = new Float64Array(size);
    this.gradient = new Float64Array(size);
    let at = 0;
    const part = (vector: Float64Array, from: number, length: number): Float64Array => vector.subarray(from, from + length);
    this.#layers = initial.map(({ forward, biases }) => {
      const width = biases.length;
      this.parameters.set(forward, at);
      this.parameters.set(biases, at + forward.length);
      const layer: Layer = {
        width,
        below: forward.length / width,
        weights: part(this.parameters, at, forward.length),
        biases: part(this.parameters, at + forward.length, width),
        weightGradient: part(this.gradient, at, forward.length),
        biasGradient: part(this.gradient, at + forward.length, width),
        sums: this.#points,
        values: this.#points,
        errors: this.#points,
      };
      at += forward.length + width;
      return layer;
    });
    this.#inputs = this.#layers[0]!.below;
    this.#classes = this.#layers.at(-1)!.width;
  }

  /** Fills `gradient` with the derivative of the mean cross-entropy of a labelled set. */
  computeGradient({ points, labels }: DataSet): void {
    const rows = labels.length;
    this.#forward(points, rows);
    const top = this.#layers.length - 1;
    this.#topErrors(labels);
    for (let l = top; l >= 0; l--) {
      const layer = this.#layers[l]!;
      const below = this.#layers[l - 1];
      weightGradients(layer, below ? below.values : this.#points, rows);
      if (below) errorsBelow(layer, below, rows);
    }
  }

  /** Class probabilities [point][class] for rows of points. */
  predict(points: Float32Array): Float32Array {
    const n = this.#classes;
    const rows = points.length / this.#inputs;
    const logits = this.#forward(points, rows);
    const probabilities = new Float32Array(rows * n);
    for (let b = 0; b < rows * n; b += n) {
      const largest = rowMax(logits, b, n);
      let total = 0;
      for (let k = b; k < b + n; k++) total += exp(logits[k]! - largest);
      for (let k = b; k < b + n; k++) probabilities[k] = exp(logits[k]! - largest) / total;
    }
    return probabilities;
  }

  /** Mean cross-entropy (nats) and share of right answers (of equal logits the first counts) on a labelled set. */
  score({ points, labels }: DataSet): { crossEntropy: number; accuracy: number } {
    const n = this.#classes;
    const rows = labels.length;
    const logits = this.#forward(points, rows);
    let loss = 0;
    let hits = 0;
    for (let b = 0; b < rows; b++) {
      const row = b * n;
      const largest = rowMax(logits, row, n);
      const own = logits[row + labels[b]!]!;
      let total = 0;
      for (let k = row; k < row + n; k++) total += exp(logits[k]! - largest);
      loss += log(total) + (largest - own);
      let first = 0;
      while (first < n - 1 && logits[row + first]! < largest) first++;
      if (first === labels[b]) hits++;
    }
    return { crossEntropy: loss / rows, accuracy: hits / rows };
  }

  /** What the network achieves on a task. */
  measure(data: TaskData): Trial {
    return { ...this.score(data.test), trainCrossEntropy: this.score(data.labelled).crossEntropy };
  }

  /** Logits [row][class]; leaves all layers' values behind for the gradient. */
  #forward(points: Float32Array, rows: number): Float64Array {
    this.#reserve(rows);
    this.#points.set(points);
    let x = this.#points;
    const top = this.#layers.length - 1;
    for (let l = 0; l <= top; l++) {
      const layer = this.#layers[l]!;
      affine(layer, x, rows);
      if (l === top) return layer.sums;
      const { sums, values } = layer;
      for (let e = 0; e < rows * layer.width; e++) values[e] = rationalTanh(sums[e]!);
      x = values;
    }
    return x;
  }

  #reserve(rows: number): void {
    if (rows <= this.#room) return;
    this.#room = rows;
    this.#points = new Float64Array(rows * this.#inputs);
    for (const layer of this.#layers) {
      layer.sums = new Float64Array(rows * layer.width);
      layer.values = new Float64Array(rows * layer.width);
      layer.errors = new Float64Array(rows * layer.width);
    }
  }

  /** (softmax - one-hot label) / rows. */
  #topErrors(labels: Int32Array): void {
    const { sums, errors } = this.#layers.at(-1)!;
    const n = this.#classes;
    const rows = labels.length;
    for (let b = 0; b < rows; b++) {
      const row = b * n;
      const largest = rowMax(sums, row, n);
      let total = 0;
      for (let k = row; k < row + n; k++) {
        errors[k] = exp(sums[k]! - largest);
        total += errors[k]!;
      }
      for (let k = row; k < row + n; k++) errors[k] = (errors[k]! / total - (k - row === labels[b] ? 1 : 0)) / rows;
    }
  }
}

function rowMax(values: Float64Array, from: number, n: number): number {
  let largest = values[from]!;
  for (let k = from + 1; k < from + n; k++) if (values[k]! > largest) largest = values[k]!;
  return largest;
}

/** sums = biases + weights · x. */
function affine({ width, below, weights, biases, sums }: Layer, x: Float64Array, rows: number): void {
  for (let b = 0; b < rows; b++) {
    for (let i = 0, w = 0; i < width; i++) {
      let sum = biases[i]!;
      for (let j = b * below; j < (b + 1) * below; j++) sum += weights[w++]! * x[j]!;
      sums[b * width + i] = sum;
    }
  }
}

function weightGradients({ width, below, weightGradient, biasGradient, errors }: Layer, x: Float64Array, rows: number): void {
  weightGradient.fill(0);
  biasGradient.fill(0);
  for (let b = 0; b < rows; b++) {
    for (let i = 0, w = 0; i < width; i++) {
      const error = errors[b * width + i]!;
      biasGradient[i]! += error;
      for (let j = b * below; j < (b + 1) * below; j++) weightGradient[w++]! += error * x[j]!;
    }
  }
}

/** errors of the layer below = (weightsᵀ · errors) × slope of the activation function. */
function errorsBelow(layer: Layer, below: Layer, rows: number): void {
  const { width, weights, errors } = layer;
  const { width: n, sums, values, errors: out } = below;
  for (let b = 0; b < rows; b++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += weights[i * n + j]! * errors[b * width + i]!;
      const e = b * n + j;
      out[e] = sum * rationalTanhSlope(sums[e]!, values[e]!);
    }
  }
}
