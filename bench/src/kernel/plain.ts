// The inner training as a flat loop in plain JavaScript: float64, typed arrays, no allocation while it trains, nothing computed
// that nobody reads. Task and data are drawn by the reference, once a pair.

import type { Address, KernelConfig } from '@metaplast/kernel';
import { drawReferenceTask, measureReference, type ReferenceLayer, type ReferenceTask } from '@metaplast/plasticity';

const tanh = (x: number): number => {
  const c = x < 5 ? (x > -5 ? x : -5) : 5;
  const t = c * c;
  return (
    (c * ((0.0006549444584460765 * t + 0.10172315977759853) * t + 0.9998101428257559)) /
    ((0.01263918679019313 * t + 0.4345040853087872) * t + 1)
  );
};

/** δ, postW, preW, postV, preV, postM, preM */
const ANSWERS = 7;

interface Layer {
  width: number;
  z: Float64Array;
  r: Float64Array;
  s: Float64Array;
  answers: Float64Array[];
}

class PlainTrainer {
  readonly #config: KernelConfig;
  readonly #batch: number;
  readonly #labelled: number;
  readonly #weights: ReferenceLayer[];
  readonly #layers: Layer[];
  readonly #task: ReferenceTask;
  readonly #first: number;
  readonly #second: number;
  /** θ taken apart: first layer a row an input, second and output layers a row a unit. */
  readonly #w1: Float64Array;
  readonly #b1: [unlabelled: Float64Array, labelled: Float64Array];
  readonly #w2: Float64Array;
  readonly #b2: Float64Array;
  readonly #w3: Float64Array;
  readonly #b3: Float64Array;
  readonly #rates: number[];
  readonly #keeps: number[];
  readonly #h1: Float64Array;
  readonly #h2: Float64Array;
  readonly #sums: Float64Array;

  constructor(task: ReferenceTask, theta: Float32Array) {
    const { config, network } = task;
    this.#task = task;
    this.#config = config;
    this.#labelled = task.data.labelled.labels.length;
    this.#batch = this.#labelled + config.unlabelled;
    this.#weights = network.layers;
    const widths = [config.inputs, ...network.layers.map(({ width }) => width)];
    const plane = (width: number): Float64Array => new Float64Array(this.#batch * width);
    this.#layers = widths.map((width) => ({
      width,
      z: plane(width),
      r: plane(width),
      s: plane(width),
      answers: Array.from({ length: ANSWERS }, () => plane(width)),
    }));
    const [first, second = 0] = config.rule.hidden as [number, number?];
    const last = second || first;
    let at = 0;
    const take = (count: number): Float64Array => {
      at += count;
      return Float64Array.from(theta.subarray(at - count, at));
    };
    const turned = (rows: number, columns: number): Float64Array => {
      const m = take(rows * columns);
      return Float64Array.from(m, (_, e) => m[(e % rows) * columns + Math.floor(e / rows)]!);
    };
    this.#first = first;
    this.#second = second;
    this.#w1 = take(4 * first);
    const bias = take(first);
    this.#b1 = [bias, bias.map((b, k) => b + this.#w1[3 * first + k]!)];
    this.#w2 = turned(second && first, second);
    this.#b2 = take(second);
    this.#w3 = turned(last, ANSWERS);
    this.#b3 = take(ANSWERS);
    this.#rates = Array.from(take(3), Math.exp);
    this.#keeps = Array.from(take(3), (x) => 1 - 1 / (1 + Math.exp(-x)));
    this.#h1 = new Float64Array(first);
    this.#h2 = new Float64Array(second);
    this.#sums = new Float64Array(Math.max(...widths) ** 2);
  }

  /** Answers `from` .. `to - 1` of a layer. */
  #ask(layer: Layer, from: number, to: number): void {
    const { z, r, s, width, answers } = layer;
    const first = this.#first;
    const second = this.#second;
    const last = second || first;
    const w1 = this.#w1;
    const w2 = this.#w2;
    const w3 = this.#w3;
    const b2 = this.#b2;
    const b3 = this.#b3;
    const h1 = this.#h1;
    const h2 = this.#h2;
    const h = second ? h2 : h1;
    const { prior } = this.#config.rule;
    const split = this.#labelled * width;
    for (let e = 0; e < z.length; e++) {
      const b1 = this.#b1[e < split ? 1 : 0];
      const ze = z[e]!;
      const re = r[e]!;
      const se = s[e]!;
      for (let k = 0; k < first; k++) h1[k] = tanh(b1[k]! + w1[k]! * ze + w1[first + k]! * re + w1[2 * first + k]! * se);
      for (let k = 0; k < second; k++) {
        let sum = b2[k]!;
        const row = k * first;
        for (let j = 0; j < first; j++) sum += w2[row + j]! * h1[j]!;
        h2[k] = tanh(sum);
      }
      for (let o = from; o < to; o++) {
        let sum = b3[o]!;
        const row = o * last;
        for (let k = 0; k < last; k++) sum += w3[row + k]! * h[k]!;
        if (prior && o < 5) sum += o === 2 || o === 3 ? ze : re;
        answers[o]![e] = sum;
      }
    }
  }

  #forward(): void {
    this.#weights.forEach(({ width, below, forward, biases }, i) => {
      const x = this.#layers[i]!.z;
      const out = this.#layers[i + 1]!.z;
      const top = i === this.#weights.length - 1;
      for (let b = 0; b < this.#batch; b++) {
        for (let k = 0; k < width; k++) {
          let sum = biases[k]!;
          for (let j = 0; j < below; j++) sum += forward[k * below + j]! * x[b * below + j]!;
          out[b * width + k] = top ? sum : tanh(sum);
        }
      }
    });
  }

  /** out[b] = matrix · x[b] */
  #multiply(matrix: Float64Array, rows: number, columns: number, x: Float64Array, out: Float64Array): void {
    for (let b = 0; b < this.#batch; b++) {
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += matrix[i * columns + j]! * x[b * columns + j]!;
        out[b * rows + i] = sum;
      }
    }
  }

  #softmaxAndError(): void {
    const { z, r, width } = this.#layers.at(-1)!;
    const { labels } = this.#task.data.labelled;
    for (let b = 0; b < this.#batch; b++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < width; k++) largest = Math.max(largest, z[b * width + k]!);
      let sum = 0;
      for (let k = 0; k < width; k++) {
        z[b * width + k] = Math.exp(z[b * width + k]! - largest);
        sum += z[b * width + k]!;
      }
      for (let k = 0; k < width; k++) {
        z[b * width + k]! /= sum;
        if (b < this.#labelled) r[b * width + k] = (k === labels[b] ? 1 : 0) - z[b * width + k]!;
      }
    }
  }

  #change(w: Float64Array, post: Float64Array, rows: number, pre: Float64Array, columns: number, set: number, fanIn: number): void {
    const sums = this.#sums.fill(0, 0, rows * columns);
    for (let b = 0; b < this.#batch; b++) {
      for (let i = 0; i < rows; i++) {
        const p = post[b * rows + i]!;
        for (let j = 0, at = i * columns; j < columns; j++, at++) sums[at]! += p * pre[b * columns + j]!;
      }
    }
    this.#apply(w, rows * columns, set, fanIn);
  }

  #apply(w: Float64Array, count: number, set: number, fanIn: number): void {
    const keep = this.#keeps[set]!;
    const gain = this.#rates[set]! / (this.#batch * fanIn);
    for (let e = 0; e < count; e++) {
      const next = keep * w[e]! + gain * this.#sums[e]!;
      w[e] = next < 10 ? (next > -10 ? next : -10) : 10;
    }
  }

  #step(t: number): void {
    const { labelled, unlabelled } = this.#task.data;
    const { inputs, rule } = this.#config;
    const fresh = this.#config.unlabelled * inputs;
    const layers = this.#layers;
    layers[0]!.z.set(labelled.points);
    layers[0]!.z.set(unlabelled.points.subarray(t * fresh, (t + 1) * fresh), labelled.points.length);
    this.#forward();
    this.#softmaxAndError();
    for (let l = layers.length - 1; l > 0; l--) {
      const { width, below, lateral, feedback } = this.#weights[l - 1]!;
      const layer = layers[l]!;
      if (rule.lateral) this.#multiply(lateral, width, width, layer.z, layer.s);
      this.#ask(layer, 0, rule.lateral ? 7 : 5);
      this.#multiply(feedback, below, width, layer.answers[0]!, layers[l - 1]!.r);
    }
    this.#ask(layers[0]!, 2, 4);
    this.#weights.forEach((weights, i) => {
      const { width, below, forward, biases, feedback, lateral } = weights;
      const under = layers[i]!.answers;
      const here = layers[i + 1]!.answers;
      this.#change(forward, here[1]!, width, under[2]!, below, 0, below);
      this.#sums.fill(0, 0, width);
      for (let e = 0; e < this.#batch * width; e++) this.#sums[e % width]! += here[1]![e]!;
      this.#apply(biases, width, 0, 1);
      this.#change(feedback, under[3]!, below, here[4]!, width, 1, width);
      if (rule.lateral) this.#change(lateral, here[5]!, width, here[6]!, width, 2, width);
    });
  }

  /** The capped test loss after all steps. */
  train(): number {
    for (let t = 0; t < this.#config.steps; t++) this.#step(t);
    return Math.min(measureReference(this.#task.network, this.#task.data).crossEntropy, this.#config.lossCap);
  }
}

/** Losses (+, -) of a pair. */
export function plainPairLosses(
  config: KernelConfig,
  seed: number,
  at: Address,
  theta: Float32Array,
  epsilon: Float32Array,
  sigma: number,
): [number, number] {
  const task = drawReferenceTask(config, seed, at);
  const initial = structuredClone(task.network.layers);
  const loss = (sign: number): number => {
    const start = { ...task, network: { ...task.network, layers: sign > 0 ? initial : task.network.layers } };
    return new PlainTrainer(
      start,
      theta.map((x, i) => x + sign * sigma * epsilon[i]!),
    ).train();
  };
  return [loss(1), loss(-1)];
}
