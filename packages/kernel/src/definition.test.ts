// The order of arithmetic, as an executable definition: a scalar float32 model of an inner step that must give the kernel's
// bits. Every operation is rounded by Math.fround; docs/rule.md says the same in words. A port of the kernel has to match this.
import { describe, expect, it } from 'vitest';
import type { KernelConfig, ParameterName } from './config.js';
import { thetaLength } from './config.js';
import { Kernel } from './kernel.js';
import { exp, gaussian, tanh } from './math.js';
import { DOMAIN } from './random.js';
import type { LayerWeights, TaskData } from './trainer.js';

const f = Math.fround;
/** To [-10, 10]; NaN → 10. */
const clip = (w: number): number => (Number.isNaN(w) ? 10 : Math.max(-10, Math.min(10, w)));

/** Sum over neurons: 16 lane sums in order, then 16 → 8 → 4 → 2 → 1. */
function tree(n: number, term: (j: number) => number): number {
  let lanes: number[] = new Array(16).fill(0);
  for (let j = 0; j < n; j++) lanes[j % 16] = f(lanes[j % 16]! + term(j));
  for (let half = 8; half >= 1; half /= 2) lanes = lanes.slice(0, half).map((x, l) => f(x + lanes[l + half]!));
  return lanes[0]!;
}
/** Sum in order, from +0 or a start. */
function inOrder(n: number, term: (k: number) => number, start = 0): number {
  let sum = start;
  for (let k = 0; k < n; k++) sum = f(sum + term(k));
  return sum;
}

interface Signals {
  z: number[];
  r: number[];
  s: number[];
}
/** The rule's seven outputs of one neuron and example. */
function ask(config: KernelConfig, theta: Float32Array, { z, r, s }: Signals, i: number, labelled: boolean, bottom: boolean): number[] {
  let at = 0;
  const take = (n: number): Float32Array => {
    at += n;
    return theta.subarray(at - n, at);
  };
  let inputs = [z[i]!, r[i]!, ...(bottom || !config.rule.lateral ? [] : [s[i]!])];
  let width = 4;
  config.rule.hidden.forEach((units, layer) => {
    const w = take(width * units);
    const biases = take(units);
    inputs = Array.from({ length: units }, (_, u) => {
      const bias = layer === 0 && labelled ? f(biases[u]! + w[3 * units + u]!) : biases[u]!;
      return tanh(inOrder(inputs.length, (k) => f(w[k * units + u]! * inputs[k]!), bias));
    });
    width = units;
  });
  const w = take(width * 7);
  const biases = take(7);
  const prior = config.rule.prior ? [r[i]!, r[i]!, z[i]!, z[i]!, r[i]!, 0, 0] : [0, 0, 0, 0, 0, 0, 0];
  return prior.map((p, o) => f(inOrder(width, (k) => f(w[k * 7 + o]! * inputs[k]!), biases[o]!) + p));
}

/** One inner step of all layers' weights. */
function step(
  config: KernelConfig,
  theta: Float32Array,
  data: TaskData,
  t: number,
  widths: number[],
  weights: LayerWeights[],
): LayerWeights[] {
  const top = widths.length - 1;
  const D = config.inputs;
  const labelled = data.labelled.labels.length;
  const B = labelled + config.unlabelled;
  const layer = (l: number): LayerWeights => weights[l - 1]!;
  const examples = Array.from({ length: B }, (_, b) => {
    const [points, row] = b < labelled ? [data.labelled.points, b] : [data.unlabelled.points, t * config.unlabelled + b - labelled];
    const signals: Signals[] = widths.map((n) => ({ z: [], r: new Array(n).fill(0), s: new Array(n).fill(0) }));
    signals[0]!.z = [...points.subarray(row * D, (row + 1) * D)];
    for (let l = 1; l < top; l++) {
      const { forward, biases } = layer(l);
      const below = signals[l - 1]!.z;
      signals[l]!.z = Array.from(biases, (bias, i) =>
        tanh(inOrder(below.length, (j) => f(forward[i * below.length + j]! * below[j]!), bias)),
      );
    }
    const below = signals[top - 1]!.z;
    const logits = Array.from(layer(top).biases, (bias, k) =>
      f(tree(below.length, (j) => f(layer(top).forward[k * below.length + j]! * below[j]!)) + bias),
    );
    const largest = Math.max(...logits);
    const e = logits.map((y) => exp(f(y - largest)));
    const sum = inOrder(e.length, (k) => e[k]!);
    signals[top]!.z = e.map((x) => f(x / sum));
    if (b < labelled) signals[top]!.r = signals[top]!.z.map((p, k) => f((k === data.labelled.labels[b] ? 1 : 0) - p));

    const outputs: number[][][] = [];
    for (let l = top; l >= 0; l--) {
      const own = signals[l]!;
      const n = widths[l]!;
      if (l > 0 && config.rule.lateral) {
        own.s = own.z.map((_, i) => inOrder(n, (j) => f(layer(l).lateral[i * n + j]! * own.z[j]!)));
      }
      outputs[l] = own.z.map((_, i) => ask(config, theta, own, i, b < labelled, l === 0));
      if (l === 0) continue;
      const { feedback } = layer(l);
      const term = (i: number) => (j: number) => f(feedback[i * n + j]! * outputs[l]![j]![0]!);
      signals[l - 1]!.r = signals[l - 1]!.z.map((_, i) => (l > 1 ? inOrder(n, term(i)) : tree(n, term(i))));
    }
    return outputs;
  });

  const scalars = theta.subarray(theta.length - 6);
  const rates = [...scalars.subarray(0, 3)].map(exp);
  const keeps = [...scalars.subarray(3)].map((logit) => f(1 - f(1 / f(1 + exp(-logit)))));
  const update = (
    set: number,
    n: number,
    old: Float32Array,
    columns: number,
    term: (outputs: number[][][], i: number, j: number) => number,
  ) => {
    const gain = f(rates[set]! * f(1 / (B * n)));
    return old.map((w, e) => {
      const i = Math.floor(e / columns);
      const sum = inOrder(B, (b) => term(examples[b]!, i, e - i * columns));
      return clip(f(f(keeps[set]! * w) + f(gain * sum)));
    });
  };
  return weights.map((old, index) => {
    const l = index + 1;
    const n = widths[l]!;
    const below = widths[l - 1]!;
    return {
      forward: update(0, below, old.forward, below, (o, i, j) => f(o[l]![i]![1]! * o[l - 1]![j]![2]!)),
      biases: update(0, 1, old.biases, 1, (o, i) => o[l]![i]![1]!),
      feedback: update(1, n, old.feedback, n, (o, j, i) => f(o[l - 1]![j]![3]! * o[l]![i]![4]!)),
      lateral: config.rule.lateral ? update(2, n, old.lateral, n, (o, i, j) => f(o[l]![i]![5]! * o[l]![j]![6]!)) : old.lateral,
    };
  });
}

const params = {
  rotation: { uniform: [0, 1] },
  scale: 1,
  stretch: 0,
  offset: 0,
  separation: 0,
  noise: 0.1,
  balance: 0.5,
  labelSwap: 0,
} as const;
const base: KernelConfig = {
  inputs: 2,
  classes: 2,
  hidden: [[32]],
  rule: { hidden: [16, 16], prior: true, lateral: true },
  steps: 3,
  labelled: [10],
  unlabelled: 10,
  test: 16,
  lossCap: 3,
  tasks: [{ family: 'two-moons', weight: 1, params: params as Record<ParameterName, never> & typeof params }],
};

describe.each<[string, Partial<KernelConfig>, number]>([
  ['the default shape', {}, 0.3],
  ['the default shape, wild θ', {}, 5],
  ['the default shape, θ of 1e25', {}, 1e25],
  ['odd widths', { hidden: [[33], [7]], rule: { hidden: [5, 6], prior: true, lateral: true }, unlabelled: 3 }, 0.3],
  [
    'three hidden layers, one of width 1',
    { hidden: [[3], [1], [17]], rule: { hidden: [7], prior: true, lateral: true }, labelled: [3] },
    0.3,
  ],
  ['no prior, no lateral weights, no unlabelled points', { rule: { hidden: [4], prior: false, lateral: false }, unlabelled: 0 }, 1],
  [
    'five inputs, four classes',
    { inputs: 5, classes: 4, hidden: [[20]], tasks: [{ family: 'blobs', weight: 1, params: { ...params, separation: 1, balance: 0.25 } }] },
    0.3,
  ],
])('%s', (_, over, scale) => {
  it('gives the bits of the scalar float32 model', () => {
    const config = { ...base, ...over };
    const kernel = new Kernel(config);
    const address = { domain: DOMAIN.figure, generation: 1, pair: 2, task: 3 };
    const theta = gaussian(9, address, 40, new Float32Array(thetaLength(config.rule.hidden))).map((x) => scale * x);
    kernel.setSeed(7);
    kernel.setTheta(theta);
    kernel.prepare(address);
    kernel.begin();
    let weights = kernel.weights();
    for (let t = 0; t < config.steps; t++) {
      weights = step(config, theta, kernel.data(), t, kernel.widths(), weights);
      kernel.step(t);
      expect(kernel.weights()).toEqual(weights);
    }
  });
});
