// The baseline's network: the same shape, activation and initial weights as the rule's, with the exact gradient by hand.
//
// float64, and no function but + - * / and the kernel's exp and log, so that a baseline has the same bits everywhere.
// One flat vector of parameters (layer after layer: weights [width × width below], then biases) is what an optimiser steps.
// Examples are worked on four at a time, four independent sums: their number is rounded up to a multiple of 4, the `stride`.

import { type DataSet, exp, type LayerWeights, log, type TaskData, type Trial } from '@metaplast/kernel';
import { rationalTanh, rationalTanhSlope } from '../reference/activation.js';

/** A layer's place in the parameter vector, its part of the gradient, and its examples [neuron][example]. */
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
  /** What errors go down through, [width × below]: `weights`, or fixed feedback weights. */
  backward: Float64Array;
}

/** Points that are predicted at a time: room is needed for so many, and the gradient's. */
const BLOCK = 1024;

/** Fills `error` with the derivative, by the logits, of example b's part of the loss at class probabilities p. */
export type ErrorOf = (b: number, p: Float64Array, error: Float64Array) => void;

/** A fully connected network that learns by backpropagation. */
export class BackpropNetwork {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly #inputs: number;
  readonly #classes: number;
  readonly #layers: Layer[];
  #room = 0;
  #stride = 0;
  #points: Float64Array = new Float64Array(0);

  /**
   * `initial`: what Kernel.weights() gives for layers 1 to L. `errorsBy`: errors go down through the forward weights
   * (backpropagation) or through the initial feedback weights, which stay as they are (feedback alignment).
   */
  constructor(initial: readonly LayerWeights[], errorsBy: 'forward' | 'feedback' = 'forward') {
    const size = initial.reduce((sum, { forward, biases }) => sum + forward.length + biases.length, 0);
    this.parameters = new Float64Array(size);
    this.gradient = new Float64Array(size);
    let at = 0;
    const part = (vector: Float64Array, from: number, length: number): Float64Array => vector.subarray(from, from + length);
    this.#layers = initial.map(({ forward, biases, feedback }) => {
      const width = biases.length;
      this.parameters.set(forward, at);
      this.parameters.set(biases, at + forward.length);
      const weights = part(this.parameters, at, forward.length);
      const layer: Layer = {
        width,
        below: forward.length / width,
        weights,
        backward: errorsBy === 'forward' ? weights : transposed(feedback, width),
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
    const n = labels.length;
    this.computeGradientOf(points, n, (b, p, error) => {
      for (let k = 0; k < p.length; k++) error[k] = (p[k]! - (k === labels[b] ? 1 : 0)) / n;
    });
  }

  /** Fills `gradient` with the derivative of any loss that is a sum over examples. */
  computeGradientOf(points: Float32Array, rows: number, errorOf: ErrorOf): void {
    this.#forward(points, rows);
    this.#topErrors(rows, errorOf);
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const layer = this.#layers[l]!;
      const below = this.#layers[l - 1];
      weightGradients(layer, below ? below.values : this.#points, this.#stride);
      if (below) errorsBelow(layer, below, this.#stride);
    }
  }

  /** Class probabilities [point][class] for rows of points. */
  predict(points: Float32Array): Float32Array {
    const rows = points.length / this.#inputs;
    const probabilities = new Float32Array(rows * this.#classes);
    for (let from = 0; from < rows; from += BLOCK) {
      const count = Math.min(BLOCK, rows - from);
      const logits = this.#forward(points.subarray(from * this.#inputs, (from + count) * this.#inputs), count);
      for (let b = 0; b < count; b++) {
        const { largest, total } = this.#normaliser(logits, b);
        for (let k = 0; k < this.#classes; k++) {
          probabilities[(from + b) * this.#classes + k] = exp(logits[k * this.#stride + b]! - largest) / total;
        }
      }
    }
    return probabilities;
  }

  /** Mean cross-entropy (nats) and share of right answers (of equal logits the first counts) on a labelled set. */
  score({ points, labels }: DataSet): { crossEntropy: number; accuracy: number } {
    const rows = labels.length;
    const logits = this.#forward(points, rows);
    let loss = 0;
    let hits = 0;
    for (let b = 0; b < rows; b++) {
      const { largest, first, total } = this.#normaliser(logits, b);
      loss += log(total) + (largest - logits[labels[b]! * this.#stride + b]!);
      if (first === labels[b]) hits++;
    }
    return { crossEntropy: loss / rows, accuracy: hits / rows };
  }

  /** What the network achieves on a task. */
  measure(data: TaskData): Trial {
    return { ...this.score(data.test), trainCrossEntropy: this.score(data.labelled).crossEntropy };
  }

  /** Logits [class][example]; leaves all layers' values behind for the gradient. */
  #forward(points: Float32Array, rows: number): Float64Array {
    this.#reserve(rows);
    const inputs = this.#inputs;
    const stride = this.#stride;
    for (let d = 0; d < inputs; d++) {
      for (let b = 0; b < stride; b++) this.#points[d * stride + b] = b < rows ? points[b * inputs + d]! : 0;
    }
    let x = this.#points;
    const top = this.#layers.length - 1;
    for (let l = 0; l < top; l++) {
      const layer = this.#layers[l]!;
      affine(layer, x, stride);
      const { width, sums, values } = layer;
      for (let e = 0; e < width * stride; e++) values[e] = rationalTanh(sums[e]!);
      x = values;
    }
    affine(this.#layers[top]!, x, stride);
    return this.#layers[top]!.sums;
  }

  #reserve(rows: number): void {
    this.#stride = 4 * Math.ceil(rows / 4);
    if (this.#stride <= this.#room) return;
    this.#room = this.#stride;
    this.#points = new Float64Array(this.#inputs * this.#room);
    for (const layer of this.#layers) {
      layer.sums = new Float64Array(layer.width * this.#room);
      layer.values = new Float64Array(layer.width * this.#room);
      layer.errors = new Float64Array(layer.width * this.#room);
    }
  }

  /** Of example b: the largest logit, the first class that has it, and Σ exp(logit - largest). */
  #normaliser(logits: Float64Array, b: number): { largest: number; first: number; total: number } {
    let first = 0;
    let largest = logits[b]!;
    for (let k = 1; k < this.#classes; k++) {
      const logit = logits[k * this.#stride + b]!;
      if (logit > largest) {
        largest = logit;
        first = k;
      }
    }
    let total = 0;
    for (let k = 0; k < this.#classes; k++) total += exp(logits[k * this.#stride + b]! - largest);
    return { largest, first, total };
  }

  /** The logits' errors; 0 for the examples that only fill up the stride. */
  #topErrors(rows: number, errorOf: ErrorOf): void {
    const { sums, errors } = this.#layers.at(-1)!;
    const stride = this.#stride;
    const p = new Float64Array(this.#classes);
    const error = new Float64Array(this.#classes);
    errors.fill(0);
    for (let b = 0; b < rows; b++) {
      const { largest, total } = this.#normaliser(sums, b);
      for (let k = 0; k < p.length; k++) p[k] = exp(sums[k * stride + b]! - largest) / total;
      errorOf(b, p, error);
      for (let k = 0; k < p.length; k++) errors[k * stride + b] = error[k]!;
    }
  }
}

/** [rows × columns] of a matrix [columns × rows]. */
function transposed(matrix: Float32Array, rows: number): Float64Array {
  const columns = matrix.length / rows;
  return Float64Array.from(matrix, (_, e) => matrix[(e % columns) * rows + Math.floor(e / columns)]!);
}

/** sums = biases + weights · x. */
function affine({ width, below, weights, biases, sums }: Layer, x: Float64Array, stride: number): void {
  for (let i = 0; i < width; i++) {
    for (let b = 0; b < stride; b += 4) {
      let sum0 = biases[i]!;
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      for (let j = 0, e = b; j < below; j++, e += stride) {
        const w = weights[i * below + j]!;
        sum0 += w * x[e]!;
        sum1 += w * x[e + 1]!;
        sum2 += w * x[e + 2]!;
        sum3 += w * x[e + 3]!;
      }
      const out = i * stride + b;
      sums[out] = sum0;
      sums[out + 1] = sum1;
      sums[out + 2] = sum2;
      sums[out + 3] = sum3;
    }
  }
}

/** Gradients: errors · xᵀ for the weights, errors alone for the biases, summed over the examples. */
function weightGradients({ width, below, weightGradient, biasGradient, errors }: Layer, x: Float64Array, stride: number): void {
  for (let i = 0; i < width; i++) {
    const at = i * stride;
    let bias = 0;
    for (let b = 0; b < stride; b++) bias += errors[at + b]!;
    biasGradient[i] = bias;
    for (let j = 0; j < below; j++) {
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let b = 0, e = at, q = j * stride; b < stride; b += 4, e += 4, q += 4) {
        sum0 += errors[e]! * x[q]!;
        sum1 += errors[e + 1]! * x[q + 1]!;
        sum2 += errors[e + 2]! * x[q + 2]!;
        sum3 += errors[e + 3]! * x[q + 3]!;
      }
      weightGradient[i * below + j] = sum0 + sum1 + (sum2 + sum3);
    }
  }
}

/** errors of the layer below = (backwardᵀ · errors) × slope of the activation function. */
function errorsBelow({ width, backward, errors }: Layer, below: Layer, stride: number): void {
  const { width: n, sums, values, errors: out } = below;
  for (let j = 0; j < n; j++) {
    for (let b = 0; b < stride; b += 4) {
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let i = 0, e = b; i < width; i++, e += stride) {
        const w = backward[i * n + j]!;
        sum0 += w * errors[e]!;
        sum1 += w * errors[e + 1]!;
        sum2 += w * errors[e + 2]!;
        sum3 += w * errors[e + 3]!;
      }
      const e = j * stride + b;
      out[e] = sum0 * rationalTanhSlope(sums[e]!, values[e]!);
      out[e + 1] = sum1 * rationalTanhSlope(sums[e + 1]!, values[e + 1]!);
      out[e + 2] = sum2 * rationalTanhSlope(sums[e + 2]!, values[e + 2]!);
      out[e + 3] = sum3 * rationalTanhSlope(sums[e + 3]!, values[e + 3]!);
    }
  }
}
