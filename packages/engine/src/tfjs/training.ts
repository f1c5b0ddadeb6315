// The rule in tensor form: inner training and loss as TensorFlow.js operations, for n networks at once. docs/rule.md says the same
// in formulas, packages/plasticity/src/reference in loops, the kernel in vectors.
//
// Every tensor begins with the member: one of n trainings that have a θ each. B: examples of a batch, the labelled ones first.
// Matrices are stored so that a signal is multiplied from the left, x · W: rows are where it comes from.

import type { KernelConfig } from '@metaplast/kernel';
import * as tf from '@tensorflow/tfjs-core';

/** Weights of layer l >= 1, `width` neurons here, `below` in the layer below. */
export type Layer = {
  /** W [n, below, width]: carries activations up. */
  forward: tf.Tensor;
  /** b [n, 1, width] */
  biases: tf.Tensor;
  /** V [n, width, below]: carries errors down. */
  feedback: tf.Tensor;
  /** M [n, width, width]: carries activations sideways. */
  lateral: tf.Tensor;
};

/** Labelled points [n, points, D] and their labels as one-hot rows [n, points, classes]. */
export type LabelledSet = { points: tf.Tensor; labels: tf.Tensor };

/** n trainings of one shape, before the first step. */
export interface Batch {
  /** [n, length] */
  theta: tf.Tensor2D;
  layers: Layer[];
  labelled: LabelledSet;
  /** [n, steps · fresh points a step, D]: the batches of all steps in order. */
  unlabelled: tf.Tensor;
  test: LabelledSet;
}

const SETS = ['forward', 'feedback', 'lateral'] as const;
const ANSWERS = ['delta', 'postW', 'preW', 'postV', 'preV', 'postM', 'preM'] as const;
type Answer = (typeof ANSWERS)[number];
/** The fixed local terms: what is added to an answer. With θ ≈ 0 they are feedback alignment. */
const PRIOR: Partial<Record<Answer, 'z' | 'r'>> = { delta: 'r', postW: 'r', preW: 'z', postV: 'z', preV: 'r' };
/** Answers that somebody reads, at the input, in between, and at the top. */
const READ: Record<'input' | 'hidden' | 'top', readonly Answer[]> = {
  input: ['preW', 'postV'],
  hidden: ANSWERS,
  top: ['delta', 'postW', 'preV', 'postM', 'preM'],
};

/** The rule of each member: its MLP, a row of weights an input, a column an answer; rate and 1 − decay of W (and b), V, M. */
interface Rule {
  shape: KernelConfig['rule'];
  /** [n, 1, K]: of z, r, s and m, and the biases. */
  first: Record<'z' | 'r' | 's' | 'm' | 'bias', tf.Tensor>;
  /** [n, K, K2] and [n, 1, K2], if there are two hidden layers. */
  second: { weights: tf.Tensor; bias: tf.Tensor } | undefined;
  /** [n, K, 1] and [n, 1, 1] */
  answers: Record<Answer, { weights: tf.Tensor; bias: tf.Tensor }>;
  /** [n, 1, 1] */
  rate: Record<(typeof SETS)[number], tf.Tensor>;
  keep: Record<(typeof SETS)[number], tf.Tensor>;
}

/** What neurons hear, and what the rule answers, each [n, B, width]. */
type Heard = Record<'z' | 'r' | 's', tf.Tensor>;
type Answers = Record<Answer, tf.Tensor>;

const P = [0.9998101428257559, 0.10172315977759853, 0.0006549444584460765] as const;
const Q = [1, 0.4345040853087872, 0.01263918679019313] as const;

/** (c[2] t + c[1]) t + c[0] */
const quadratic = ([c0, c1, c2]: readonly [number, number, number], t: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(tf.add(tf.mul(t, c2), c1), t), c0);

/** The activation function of network and rule: x P(x²) / Q(x²) with x clamped to ±5, within 5e-5 of tanh. */
const tanh = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const c = tf.clipByValue(x, -5, 5);
    const t = tf.mul(c, c);
    return tf.div(tf.mul(c, quadratic(P, t)), quadratic(Q, t));
  });

const table = <K extends string>(names: readonly K[], make: (name: K, index: number) => tf.Tensor): Record<K, tf.Tensor> =>
  Object.fromEntries(names.map((name, i) => [name, make(name, i)])) as Record<K, tf.Tensor>;

/** θ [n, length] taken apart, in its order: the MLP's layers (weights, then biases), 3 log rates, 3 decay logits. */
function readRule(theta: tf.Tensor2D, shape: KernelConfig['rule']): Rule {
  const n = theta.shape[0];
  let at = 0;
  const take = (rows: number, columns: number): tf.Tensor3D => {
    at += rows * columns;
    return tf.reshape(tf.slice(theta, [0, at - rows * columns], [n, rows * columns]), [n, rows, columns]);
  };
  const [width, width2] = shape.hidden as [number, number | undefined];
  const first = table(['z', 'r', 's', 'm', 'bias'], () => take(1, width));
  const second = width2 === undefined ? undefined : { weights: take(width, width2), bias: take(1, width2) };
  const last = width2 ?? width;
  const weights = take(last, ANSWERS.length);
  const biases = take(1, ANSWERS.length);
  const column = (matrix: tf.Tensor3D, rows: number, k: number): tf.Tensor => tf.slice(matrix, [0, 0, k], [n, rows, 1]);
  const answers = Object.fromEntries(
    ANSWERS.map((name, k) => [name, { weights: column(weights, last, k), bias: column(biases, 1, k) }]),
  ) as Rule['answers'];
  const rate = table(SETS, () => tf.exp(take(1, 1)));
  const keep = table(SETS, () => tf.sub(1, tf.sigmoid(take(1, 1))));
  return { shape, first, second, answers, rate, keep };
}

/** One MLP for all neurons and examples: z, r, s and m (1 for the `labelled` first examples, else 0) → the answers asked for. */
function askRule(rule: Rule, heard: Heard, labelled: number, asked: readonly Answer[]): Answers {
  const { first, second, shape } = rule;
  const [n, batch, width] = heard.z.shape as [number, number, number];
  const items = tf.concat([tf.ones([1, labelled * width, 1]), tf.zeros([1, (batch - labelled) * width, 1])], 1);
  const column = (signal: tf.Tensor): tf.Tensor => tf.reshape(signal, [n, batch * width, 1]);
  let sum = tf.add(first.bias, tf.mul(items, first.m));
  for (const name of shape.lateral ? (['z', 'r', 's'] as const) : (['z', 'r'] as const))
    sum = tf.add(sum, tf.mul(column(heard[name]), first[name]));
  let h = tanh(sum);
  if (second) h = tanh(tf.add(tf.matMul(h, second.weights), second.bias));
  return table(asked, (name) => {
    const { weights, bias } = rule.answers[name];
    const answer = tf.reshape(tf.add(tf.matMul(h, weights), bias), [n, batch, width]);
    const prior = shape.prior ? PRIOR[name] : undefined;
    return prior ? tf.add(answer, heard[prior]) : answer;
  }) as Answers;
}

/** Activations of all layers, the input's first; the last one's are logits. */
function forward(layers: readonly Layer[], x: tf.Tensor): tf.Tensor[] {
  const z = [x];
  layers.forEach((layer, i) => {
    const y = tf.add(tf.matMul(z[i]!, layer.forward), layer.biases);
    z.push(i < layers.length - 1 ? tanh(y) : y);
  });
  return z;
}

/** From the top layer down: error signals, and the rule's answers. Forward weights take no part. Returns layers 0 to L. */
function topDown(layers: readonly Layer[], z: readonly tf.Tensor[], labels: tf.Tensor, rule: Rule): Answers[] {
  const top = z.at(-1)!;
  const [n, batch, classes] = top.shape as [number, number, number];
  const labelled = labels.shape[1]!;
  // r = y − p where the label is known, 0 where it is not.
  const error = tf.sub(labels, tf.slice(top, [0, 0, 0], [n, labelled, classes]));
  let r: tf.Tensor = tf.concat([error, tf.zeros([n, batch - labelled, classes])], 1);
  const answers: Answers[] = [];
  for (let l = layers.length; l >= 0; l--) {
    const layer = layers[l - 1];
    const s = layer && rule.shape.lateral ? tf.matMul(z[l]!, layer.lateral) : tf.zerosLike(z[l]!);
    const here = askRule(rule, { z: z[l]!, r, s }, labelled, READ[l === 0 ? 'input' : l === layers.length ? 'top' : 'hidden']);
    answers.unshift(here);
    if (layer) r = tf.matMul(here.delta, layer.feedback);
  }
  return answers;
}

/** w ← clip(keep · w + rate · ⟨pre · post⟩ / fanIn, ±10), NaN → 10; ⟨⟩ is the mean over the batch, w [n, pre, post]. */
function change(w: tf.Tensor, pre: tf.Tensor, post: tf.Tensor, keep: tf.Tensor, rate: tf.Tensor, fanIn: number): tf.Tensor {
  const product = tf.matMul(pre, post, true);
  const next = tf.add(tf.mul(keep, w), tf.mul(tf.mul(rate, 1 / (pre.shape[1]! * fanIn)), product));
  const bounded = tf.where(tf.less(next, 10), next, tf.fill(next.shape, 10));
  return tf.maximum(bounded, -10);
}

/** One inner step on the batch x [n, B, D], whose first examples have the labels. */
function step(layers: readonly Layer[], x: tf.Tensor, labels: tf.Tensor, rule: Rule): Layer[] {
  const { keep, rate, shape } = rule;
  const z = forward(layers, x);
  const answers = topDown(layers, [...z.slice(0, -1), tf.softmax(z.at(-1)!)], labels, rule);
  const ones = tf.ones([x.shape[0]!, x.shape[1]!, 1]);
  return layers.map((layer, i) => {
    const below = answers[i]!;
    const here = answers[i + 1]!;
    const fanIn = z[i]!.shape[2]!;
    const width = z[i + 1]!.shape[2]!;
    return {
      forward: change(layer.forward, below.preW, here.postW, keep.forward, rate.forward, fanIn),
      biases: change(layer.biases, ones, here.postW, keep.forward, rate.forward, 1),
      feedback: change(layer.feedback, here.preV, below.postV, keep.feedback, rate.feedback, width),
      lateral: shape.lateral ? change(layer.lateral, here.preM, here.postM, keep.lateral, rate.lateral, width) : tf.clone(layer.lateral),
    };
  });
}

/** [n, 3]: mean cross-entropy (nats) and share of right answers on the test points, mean cross-entropy of the labelled ones. */
function measure(layers: readonly Layer[], { test, labelled }: Batch): tf.Tensor {
  const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor): tf.Tensor =>
    tf.mean(tf.sub(tf.logSumExp(logits, 2), tf.sum(tf.mul(labels, logits), 2)), 1);
  const [tested, known] = [test, labelled].map(({ points }) => forward(layers, points).at(-1)!) as [tf.Tensor, tf.Tensor];
  const right = tf.cast(tf.equal(tf.argMax(tested, 2), tf.argMax(test.labels, 2)), 'float32');
  return tf.stack([crossEntropy(tested, test.labels), tf.mean(right, 1), crossEntropy(known, labelled.labels)], 1);
}

/** Trains all members and measures after each number of steps in `after` (ascending): [n, times, 3], see measure(). */
export function train(batch: Batch, config: KernelConfig, after: readonly number[] = [config.steps]): tf.Tensor {
  return tf.tidy(() => {
    const { theta, labelled, unlabelled } = batch;
    const { steps, unlabelled: fresh, inputs } = config;
    const rule = readRule(theta, config.rule);
    const examples = (t: number): tf.Tensor =>
      fresh === 0
        ? labelled.points
        : tf.concat([labelled.points, tf.slice(unlabelled, [0, t * fresh, 0], [theta.shape[0], fresh, inputs])], 1);
    const measured: tf.Tensor[] = [];
    let layers = batch.layers;
    for (let t = 0; t <= steps; t++) {
      if (after.includes(t)) measured.push(tf.tidy(() => measure(layers, batch)));
      if (t === steps) break;
      const before = layers;
      layers = tf.tidy(() => step(before, examples(t), labelled.labels, rule));
      if (t > 0) tf.dispose(before);
    }
    return tf.stack(measured, 1);
  });
}
