// The oracle's plasticity rule: θ, and the small network that every neuron asks. docs/rule.md says the same in formulas.

import type { KernelConfig } from '@metaplast/kernel';
import type { Activation } from './activation.js';

/** One layer of the rule's MLP; weights are a row an input. */
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
  const layers = widths.slice(1).map((outputs, i) => {
    const inputs = widths[i]!;
    return { inputs, outputs, weights: take(inputs * outputs), biases: take(outputs), values: new Float64Array(outputs) };
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

/** The MLP's seven outputs for one neuron and example: tanh layers, then a linear one. */
function answer({ layers, activation }: ReferenceRule, question: Float64Array): Float64Array {
  let x = question;
  for (let l = 0; l < layers.length; l++) {
    const { inputs, outputs, weights, biases, values } = layers[l]!;
    for (let k = 0; k < outputs; k++) {
      let sum = biases[k]!;
      for (let i = 0; i < inputs; i++) sum += weights[i * outputs + k]! * x[i]!;
      values[k] = l < layers.length - 1 ? activation(sum) : sum;
    }
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
    question[2] = s[e]!;
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
