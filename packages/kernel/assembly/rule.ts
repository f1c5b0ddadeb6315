// The plasticity rule: θ and the MLP that every neuron asks.
//
// θ = first layer [4 × K] (a row an input: z, r, s, m), its biases, [second layer, biases,] output layer [K × 7], biases,
// log rates (W, V, M), decay logits (W, V, M). Outputs: δ, postW, preW, postV, preV, postM, preM.

import { allocate } from "./arena";
import { hasLateral, hasPrior, ruleLayers, ruleWidth } from "./config";
import { mlpInput, mlpLayer, mlpOutput } from "./gemm";
import { exp, tanhInPlace } from "./math";

export const OUTPUTS: i32 = 7;
export const DELTA: i32 = 0;
export const POST_W: i32 = 1;
export const PRE_W: i32 = 2;
export const POST_V: i32 = 3;
export const PRE_V: i32 = 4;
export const POST_M: i32 = 5;
export const PRE_M: i32 = 6;

/** Items worked on at a time, so that both hidden layers' activations stay in the first-level cache; a multiple of 8. */
const BLOCK: i32 = 128;

let inputWeights: usize = 0;
let inputBiases: usize = 0;
let secondWeights: usize = 0;
let secondBiases: usize = 0;
let outputWeights: usize = 0;
let outputBiases: usize = 0;
let labelledBiases: usize = 0;
let firstActivations: usize = 0;
let secondActivations: usize = 0;
let priors: usize = 0;
let zeros: usize = 0;

/** exp(log rate) and 1 - logistic(decay logit), of W, V, M. */
const rates: usize = memory.data(32, 16);

export function rate(set: i32): f32 { return load<f32>(rates + (<usize>set << 2)); }
export function keep(set: i32): f32 { return load<f32>(rates + (<usize>set << 2), 12); }

/** Number of parameters of the configured rule. */
export function thetaLength(): i32 {
  const first = ruleWidth(0);
  const last = ruleWidth(ruleLayers() - 1);
  const between = ruleLayers() == 2 ? (first + 1) * last : 0;
  return 5 * first + between + (last + 1) * OUTPUTS + 6;
}

/** Room for what belongs to the rule: once a configuration. */
export function allocateRule(): void {
  labelledBiases = allocate(<usize>ruleWidth(0) << 2);
  firstActivations = allocate(<usize>(64 * BLOCK) << 2);
  secondActivations = allocate(<usize>(64 * BLOCK) << 2);
  priors = allocate(<usize>OUTPUTS << 2);
  zeros = allocate(<usize>BLOCK << 2);
  memory.fill(zeros, 0, <usize>BLOCK << 2);
}

/** Takes θ (which must stay where it is while it is in use). */
export function useTheta(theta: usize): void {
  const first = ruleWidth(0);
  const last = ruleWidth(ruleLayers() - 1);
  inputWeights = theta;
  inputBiases = theta + (<usize>(4 * first) << 2);
  let at = inputBiases + (<usize>first << 2);
  if (ruleLayers() == 2) {
    secondWeights = at;
    secondBiases = at + (<usize>(first * last) << 2);
    at = secondBiases + (<usize>last << 2);
  }
  outputWeights = at;
  outputBiases = at + (<usize>(last * OUTPUTS) << 2);
  const scalars = outputBiases + (<usize>OUTPUTS << 2);
  for (let set: usize = 0; set < 12; set += 4) {
    store<f32>(rates + set, exp(load<f32>(scalars + set)));
    const forget = <f32>1 / (<f32>1 + exp(-load<f32>(scalars + set, 12)));
    store<f32>(rates + set, <f32>1 - forget, 12);
  }
  // m is 1 or 0: for labelled examples its weights are part of the bias.
  for (let k: usize = 0; k < <usize>first << 2; k += 4) {
    const m = load<f32>(inputWeights + 3 * (<usize>first << 2) + k);
    store<f32>(labelledBiases + k, load<f32>(inputBiases + k) + m);
  }
}

/** The local prior's plane of an output: δ += r, postW += r, preW += z, postV += z, preV += r. */
function setPriors(z: usize, r: usize): void {
  const on = hasPrior();
  for (let o = 0; o < OUTPUTS; o++) {
    const usesR = o == DELTA || o == POST_W || o == PRE_V;
    const usesZ = o == PRE_W || o == POST_V;
    store<usize>(priors + (<usize>o << 2), on && usesR ? r : on && usesZ ? z : zeros);
  }
}

/** Outputs first .. first + count - 1 of `bytes` worth of items, from the last hidden activations. */
@inline
function outputs(first: i32, count: i32, bytes: usize, out: usize, plane: usize, h: usize, blockBytes: usize): void {
  const shift = <usize>first << 2;
  mlpOutput(
    count, bytes, ruleWidth(ruleLayers() - 1), out + <usize>first * plane, plane,
    outputBiases + shift, priors + shift, outputWeights + shift, OUTPUTS, h, blockBytes,
  );
}

/**
 * Asks the rule for `items` (neuron, example) pairs, all labelled or all not. z: their plane, with r and s one and two
 * `plane` bytes behind; out: the plane of output 0, the others `plane` bytes apart. Only the outputs that are read are
 * computed: at the input (bottom) preW and postV, at the top not preW and postV. Writes up to 7 items past the end.
 */
export function ask(items: i32, labelled: bool, bottom: bool, atTop: bool, z: usize, out: usize, plane: usize): void {
  const first = ruleWidth(0);
  const last = ruleWidth(ruleLayers() - 1);
  const signals = bottom || !hasLateral() ? 2 : 3;
  const bias = labelled ? labelledBiases : inputBiases;
  while (items > 0) {
    const count = min(items, BLOCK);
    const bytes: usize = (<usize>count << 2) + 31 & ~31;
    mlpInput(first, bytes, signals, firstActivations, bytes, bias, inputWeights, first, z, plane);
    tanhInPlace(firstActivations, <usize>first * bytes);
    let h = firstActivations;
    if (ruleLayers() == 2) {
      mlpLayer(last, bytes, first, secondActivations, bytes, secondBiases, secondWeights, last, firstActivations, bytes);
      tanhInPlace(secondActivations, <usize>last * bytes);
      h = secondActivations;
    }
    setPriors(z, z + plane);
    if (bottom) {
      outputs(PRE_W, 2, bytes, out, plane, h, bytes);
    } else {
      if (atTop) outputs(DELTA, 2, bytes, out, plane, h, bytes);
      else outputs(DELTA, 4, bytes, out, plane, h, bytes);
      if (hasLateral()) outputs(PRE_V, 3, bytes, out, plane, h, bytes);
      else outputs(PRE_V, 1, bytes, out, plane, h, bytes);
    }
    items -= count;
    z += <usize>count << 2;
    out += <usize>count << 2;
  }
}
