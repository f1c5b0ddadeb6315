// The oracle's plasticity rule: θ, and the small network that every neuron asks. docs/rule.md says the same in formulas.

import type { KernelConfig } from '@metaplast/kernel';
import type { Activation } from './activation.js';

/** One layer of the rule's MLP; weights are a row an input. Outputs are padded with zeros to a multiple of 4: see answer(). */
interface MlpLayer {
  inputs: number;
  outputs: number;
  weights: Float64Array;
  biases: Float64Array;
  /** The layer's outputs of the last question. */
  values: Float64Array;
}

/** θ taken apart. */
export interface ReferenceRule {
  layers: MlpLayer[];
  activation: Activation;
  prior: boolean;
  lateral: boolean;
  /** Learning rates and decays of W (and b), V, M. */
  rates: { forward: number; feedback: number; lateral: number };
  decays: { forward: number; feedback: number; lateral: number };
}

/** Everything that is known at the neurons of one layer for a batch: planes [example][neuron]. */
export interface LayerSignals {
  width: number;
  /** What a neuron hears: activation, reverse signal from above, lateral signal from its own layer. */
  z: Float64Array;
  r: Float64Array;
  s: Float64Array;
  /** What the rule answers: the error it sends down, and its part of the products that change weights. */
  delta: Float64Array;
  postW: Float64Array;
  preW: Float64Array;
  postV: Float64Array;
  preV: Float64Array;
  postM: Float64Array;
  preM: Float64Array;
}

/** Silent signals. */
export function makeSignals(width: number, batch: number): LayerSignals {
  const plane = (): Float64Array => new Float64Array(batch * width);
  const answers = { delta: plane(), postW: plane(), preW: plane(), postV: plane(), preV: plane(), postM: plane(), preM: plane() };
  return { width, z: plane(), r: plane(), s: plane(), ...answers };
}

/** θ: the MLP's layers (weights a row an input, then biases), log rates of W, V, M, decay logits of W, V, M. */
export function readRule(theta: Float32Array, shape: KernelConfig['rule'], activation: Activation): ReferenceRule {
  const widths = [4, ...shape.hidden, 7];
  let at = 0;
  const take = (count: number): Float64Array => {
    at += count;
    return Float64Array.from(theta.subarray(at - count, at));
  };
  const layers = widths.slice(1).map((width, l) => {
    const inputs = widths[l]!;
    const outputs = 4 * Math.ceil(width / 4);
    const weights = new Float64Array(inputs * outputs);
    for (let i = 0; i < inputs; i++) weights.set(take(width), i * outputs);
    const biases = new Float64Array(outputs);
    biases.set(take(width));
    return { inputs, outputs, weights, biases, values: new Float64Array(outputs) };
  });
  const [forward, feedback, lateral] = take(3).map(Math.exp) as unknown as [number, number, number];
  const [forwardDecay, feedbackDecay, lateralDecay] = take(3).map((x) => 1 / (1 + Math.exp(-x))) as unknown as [number, number, number];
  return {
    layers,
    activation,
    prior: shape.prior,
    lateral: shape.lateral,
    rates: { forward, feedback, lateral },
    decays: { forward: forwardDecay, feedback: feedbackDecay, lateral: lateralDecay },
  };
}

/** The MLP's outputs for one neuron and example: tanh layers, then a linear one. Four sums at a time keep the processor busy. */
function answer({ layers, activation }: ReferenceRule, question: Float64Array): Float64Array {
  let x = question;
  for (let l = 0; l < layers.length; l++) {
    const { inputs, outputs, weights, biases, values } = layers[l]!;
    for (let k = 0; k < outputs; k += 4) {
      let sum0 = biases[k]!;
      let sum1 = biases[k + 1]!;
      let sum2 = biases[k + 2]!;
      let sum3 = biases[k + 3]!;
      for (let i = 0, w = k; i < inputs; i++, w += outputs) {
        sum0 += weights[w]! * x[i]!;
        sum1 += weights[w + 1]! * x[i]!;
        sum2 += weights[w + 2]! * x[i]!;
        sum3 += weights[w + 3]! * x[i]!;
      }
      values[k] = sum0;
      values[k + 1] = sum1;
      values[k + 2] = sum2;
      values[k + 3] = sum3;
    }
    if (l < layers.length - 1) for (let k = 0; k < outputs; k++) values[k] = activation(values[k]!);
    x = values;
  }
  return x;
}

const question = new Float64Array(4);

/** Asks the rule for every neuron of a layer and every example: [z, r, s, m] → the answers. The first `labelled` examples have m = 1. */
export function askRule(rule: ReferenceRule, signals: LayerSignals, labelled: number): void {
  const { width, z, r, s } = signals;
  for (let e = 0; e < z.length; e++) {
    question[0] = z[e]!;
    question[1] = r[e]!;
    question[2] = rule.lateral ? s[e]! : 0; // a rule without lateral weights never hears of them
    question[3] = e < labelled * width ? 1 : 0;
    const out = answer(rule, question);
    // The prior: with θ ≈ 0 what is left is feedback alignment with a learned feedback path.
    const zPrior = rule.prior ? z[e]! : 0;
    const rPrior = rule.prior ? r[e]! : 0;
    signals.delta[e] = out[0]! + rPrior;
    signals.postW[e] = out[1]! + rPrior;
    signals.preW[e] = out[2]! + zPrior;
    signals.postV[e] = out[3]! + zPrior;
    signals.preV[e] = out[4]! + rPrior;
    signals.postM[e] = out[5]!;
    signals.preM[e] = out[6]!;
  }
}
