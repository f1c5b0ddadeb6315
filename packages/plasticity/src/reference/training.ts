// The oracle: the inner training in float64, written to be read. This is the definition of the rule; the kernel must agree.
//
// It shares no code with the kernel, only the addresses of the random numbers. It is also the plain-JavaScript peer that
// `npm run bench` holds the kernel against.

import { type Address, type KernelConfig, STREAM, type Trial } from '@metaplast/kernel';
import { type Activation, rationalTanh } from './activation.js';
import { drawNetwork, forward, measure, multiply, type ReferenceLayer, type ReferenceNetwork, softmax } from './network.js';
import { Draws } from './random.js';
import { askRule, type LayerSignals, makeSignals, type ReferenceRule, readRule } from './rule.js';
import { drawData, type ReferenceData } from './tasks.js';

/** A task with a network on it. Both belong to the address alone: every θ meets the same. */
export interface ReferenceTask {
  config: KernelConfig;
  data: ReferenceData;
  /** At its initial weights; training changes it in place. */
  network: ReferenceNetwork;
}

/** Draws task, data and initial weights of an address. */
export function drawReferenceTask(config: KernelConfig, seed: number, at: Address, activation: Activation = rationalTanh): ReferenceTask {
  const draws = new Draws(seed, at);
  return { config, data: drawData(config, draws), network: drawNetwork(config, draws, activation) };
}

/** Silent signals for layers 0 to L, one batch of the task wide. */
export function makeBatch({ config, data, network }: ReferenceTask): LayerSignals[] {
  const batch = data.labelled.labels.length + config.unlabelled;
  return [config.inputs, ...network.layers.map(({ width }) => width)].map((width) => makeSignals(width, batch));
}

/** Puts the batch of step t at the input, labelled examples first, and passes it forward: z of all layers, z^L = p. */
export function forwardBatch({ config, data, network }: ReferenceTask, t: number, signals: readonly LayerSignals[]): void {
  const fresh = config.unlabelled * config.inputs;
  const input = signals[0]!.z;
  input.set(data.labelled.points);
  input.set(data.unlabelled.points.subarray(t * fresh, (t + 1) * fresh), data.labelled.points.length);
  forward(
    network,
    signals.map(({ z }) => z),
    input.length / config.inputs,
  );
  softmax(signals.at(-1)!.z, config.classes);
}

/**
 * From the top layer down: error signals, and the rule's answers. What it is given of the weights is feedback and lateral ones
 * only: no forward weight is carried into the learning pass.
 */
export function topDown(
  layers: readonly Pick<ReferenceLayer, 'width' | 'below' | 'feedback' | 'lateral'>[],
  signals: readonly LayerSignals[],
  labels: Int32Array,
  rule: ReferenceRule,
): void {
  const top = signals.at(-1)!;
  const batch = top.z.length / top.width;
  // r = y - p where the label is known, 0 where it is not.
  top.r.fill(0);
  labels.forEach((label, b) => {
    for (let k = 0; k < top.width; k++) top.r[b * top.width + k] = (k === label ? 1 : 0) - top.z[b * top.width + k]!;
  });
  for (let l = layers.length; l >= 1; l--) {
    const { width, below, feedback, lateral } = layers[l - 1]!;
    const here = signals[l]!;
    if (rule.lateral) multiply(lateral, width, width, here.z, batch, here.s);
    askRule(rule, here, labels.length);
    multiply(feedback, below, width, here.delta, batch, signals[l - 1]!.r);
  }
  askRule(rule, signals[0]!, labels.length);
}

/** w ← clip((1 − decay) w + rate · mean over the batch of post · pre / fanIn, ±10), NaN → 10; weights [post × pre]. */
function changeWeights(
  weights: Float64Array,
  post: Float64Array,
  pre: Float64Array,
  rate: number,
  decay: number,
  batch: number,
  fanIn: number,
): void {
  const rows = post.length / batch;
  const columns = pre.length / batch;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let b = 0; b < batch; b++) sum += post[b * rows + i]! * pre[b * columns + j]!;
      const w = (1 - decay) * weights[i * columns + j]! + (rate * sum) / (batch * fanIn);
      weights[i * columns + j] = Number.isNaN(w) ? 10 : Math.max(-10, Math.min(10, w));
    }
  }
}

/** Changes all weights by the rule's answers. */
export function update(layers: readonly ReferenceLayer[], signals: readonly LayerSignals[], rule: ReferenceRule): void {
  const { rates, decays } = rule;
  const batch = signals[0]!.z.length / signals[0]!.width;
  const ones = new Float64Array(batch).fill(1);
  layers.forEach(({ width, below, forward, biases, feedback, lateral }, i) => {
    const lower = signals[i]!;
    const here = signals[i + 1]!;
    changeWeights(forward, here.postW, lower.preW, rates.forward, decays.forward, batch, below);
    changeWeights(biases, here.postW, ones, rates.forward, decays.forward, batch, 1);
    changeWeights(feedback, lower.postV, here.preV, rates.feedback, decays.feedback, batch, width);
    if (rule.lateral) changeWeights(lateral, here.postM, here.preM, rates.lateral, decays.lateral, batch, width);
  });
}

/** Inner step t. `signals` (of makeBatch) is left holding all that was said in it. */
export function referenceStep(task: ReferenceTask, rule: ReferenceRule, t: number, signals: readonly LayerSignals[]): void {
  forwardBatch(task, t, signals);
  topDown(task.network.layers, signals, task.data.labelled.labels, rule);
  update(task.network.layers, signals, rule);
}

/** Trains θ on the task of an address, all steps, and measures the network. */
export function referenceTrial(
  config: KernelConfig,
  seed: number,
  at: Address,
  theta: Float32Array,
  activation: Activation = rationalTanh,
): Trial {
  const task = drawReferenceTask(config, seed, at, activation);
  const rule = readRule(theta, config.rule, activation);
  const signals = makeBatch(task);
  for (let t = 0; t < config.steps; t++) referenceStep(task, rule, t, signals);
  return measure(task.network, task.data);
}

/** Capped test losses (+, -) of an antithetic pair on one task: θ ± σε, everything else the same. */
export function referencePairLosses(config: KernelConfig, seed: number, at: Address, theta: Float32Array, sigma: number): [number, number] {
  const epsilon = new Draws(seed, { ...at, task: 0 }).normals(STREAM.perturbation, theta.length);
  const loss = (sign: number): number => {
    const perturbed = theta.map((value, i) => value + sign * sigma * epsilon[i]!);
    return Math.min(referenceTrial(config, seed, at, perturbed).crossEntropy, config.lossCap);
  };
  return [loss(1), loss(-1)];
}
