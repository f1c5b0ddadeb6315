// The rule itself: one step by hand, locality, no weight transport.

import { DOMAIN, type KernelConfig } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { initialTheta, kernelConfig } from '../compile.js';
import { askRule, type LayerSignals, readRule } from './rule.js';
import { drawReferenceTask, forwardBatch, makeBatch, type ReferenceTask, topDown, update } from './training.js';

const STANDARD = kernelConfig(resolveSpec({}));
const AT = { domain: DOMAIN.heldOut, generation: 0, pair: 0, task: 0 };
const identity = (x: number): number => x;

describe('one step by hand', () => {
  // One input neuron pair (1, 2), one hidden neuron, two classes, one labelled point of class 0 and one unlabelled point (−1, 0).
  // Linear units instead of tanh, so that every number can be worked out on paper.
  const config: KernelConfig = {
    ...STANDARD,
    hidden: [[1]],
    rule: { hidden: [4], prior: true, lateral: true },
    labelled: [1],
    unlabelled: 1,
  };
  const task: ReferenceTask = {
    config,
    data: {
      labelled: { points: Float64Array.of(1, 2), labels: Int32Array.of(0) },
      unlabelled: { points: Float64Array.of(-1, 0), labels: Int32Array.of(1) },
      test: { points: Float64Array.of(1, 2), labels: Int32Array.of(0) },
    },
    network: {
      inputs: 2,
      activation: identity,
      layers: [
        {
          width: 1,
          below: 2,
          forward: Float64Array.of(0.5, 0.25),
          biases: Float64Array.of(0),
          feedback: Float64Array.of(2, -1),
          lateral: Float64Array.of(3),
        },
        {
          width: 2,
          below: 1,
          forward: Float64Array.of(1, 1),
          biases: Float64Array.of(0, 0),
          feedback: Float64Array.of(1, -2),
          lateral: Float64Array.of(0, 1, 1, 0),
        },
      ],
    },
  };
  // θ: the hidden units carry z, r, s and m unchanged; the outputs are
  //   δ = r (prior) · postW = r (prior) + m · preW = z (prior) · postV = z (prior) · preV = r (prior) · postM = s · preM = z.
  const theta = new Float32Array(4 * 4 + 4 + 4 * 7 + 7 + 6);
  for (let i = 0; i < 4; i++) theta[i * 4 + i] = 1;
  const output = (hidden: number, k: number): number => 20 + hidden * 7 + k;
  theta[output(3, 1)] = 1;
  theta[output(2, 5)] = 1;
  theta[output(0, 6)] = 1;
  const scalars = theta.length - 6;
  // rates 1, ½, 2; decays ½, 0 and 0 (their logits are −∞).
  theta.set([0, Math.log(0.5), Math.log(2), 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], scalars);

  const rule = readRule(theta, config.rule, identity);
  const signals = makeBatch(task);
  forwardBatch(task, 0, signals);
  topDown(task.network.layers, signals, task.data.labelled.labels, rule);
  update(task.network.layers, signals, rule);
  const [input, hidden, top] = signals as [LayerSignals, LayerSignals, LayerSignals];
  const numbers = (x: Float64Array): number[] => Array.from(x, (v) => Math.round(v * 1e6) / 1e6 + 0);

  it('passes the batch forward', () => {
    // Labelled: ½·1 + ¼·2 = 1; unlabelled: −½. Both logits are equal, so p = ½ everywhere.
    expect(numbers(hidden.z)).toEqual([1, -0.5]);
    expect(numbers(top.z)).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it('carries the error down the feedback weights', () => {
    // y − p = (½, −½) where the label is known; V² = (1, −2) gives ½ + 1 = 1.5; V¹ = (2, −1)ᵀ gives (3, −1.5).
    expect(numbers(top.r)).toEqual([0.5, -0.5, 0, 0]);
    expect(numbers(hidden.r)).toEqual([1.5, 0]);
    expect(numbers(input.r)).toEqual([3, -1.5, 0, 0]);
  });

  it('carries activations sideways', () => {
    expect(numbers(hidden.s)).toEqual([3, -1.5]); // M¹ = 3
    expect(numbers(top.s)).toEqual([0.5, 0.5, 0.5, 0.5]); // M² swaps the two
    expect(numbers(input.s)).toEqual([0, 0, 0, 0]);
  });

  it('changes every weight as worked out', () => {
    const [first, second] = task.network.layers;
    // Top, postW = r + m: labelled (1.5, .5), unlabelled (0, 0). preW of the hidden neuron = z = (1, −½).
    // dW² = (1.5, .5)·1/2 = (.75, .25); W² = ½·1 + dW². db² the same: mean (.75, .25).
    expect(numbers(second!.forward)).toEqual([1.25, 0.75]);
    expect(numbers(second!.biases)).toEqual([0.75, 0.25]);
    // V² [1 × 2]: postV of the hidden neuron = z = (1, −½), preV of the top = r: labelled (½, −½). /n_2 = 2, mean over 2, rate ½:
    // ½ · (½, −½) / (2 · 2) = (.0625, −.0625).
    expect(numbers(second!.feedback)).toEqual([1.0625, -2.0625]);
    // M²: postM = s = ½, preM = z = ½ for both points: rate 2 · (¼ + ¼) / (2 · 2) = .25 on every weight.
    expect(numbers(second!.lateral)).toEqual([0.25, 1.25, 1.25, 0.25]);
    // Hidden, postW = r + m = 2.5 labelled, 0 unlabelled; preW of the inputs = (1, 2): dW¹ = 2.5 · (1, 2) / (2 · 2) = (.625, 1.25).
    expect(numbers(first!.forward)).toEqual([0.875, 1.375]);
    expect(numbers(first!.biases)).toEqual([1.25]);
    // V¹ [2 × 1]: postV of the inputs = (1, 2), preV of the hidden neuron = 1.5 labelled: ½ · 1.5 · (1, 2) / 2 = (.375, .75).
    expect(numbers(first!.feedback)).toEqual([2.375, -0.25]);
    // M¹: postM = s = (3, −1.5), preM = z = (1, −½): 2 · (3 + .75) / 2 = 3.75.
    expect(numbers(first!.lateral)).toEqual([6.75]);
  });

  it('keeps weights within ±10 and turns what is not a number into 10', () => {
    const again: ReferenceTask = { ...task, network: { ...task.network, layers: structuredClone(task.network.layers) } };
    for (let t = 0; t < 4; t++) {
      forwardBatch(again, 0, signals);
      topDown(again.network.layers, signals, again.data.labelled.labels, rule);
      update(again.network.layers, signals, rule);
    }
    expect(again.network.layers[0]!.lateral[0]).toBe(10);
    hidden.postM.fill(Number.NaN);
    update(again.network.layers, signals, rule);
    expect(again.network.layers[0]!.lateral[0]).toBe(10);
    hidden.postM.fill(-1e30);
    hidden.preM.fill(1e30);
    update(again.network.layers, signals, rule);
    expect(again.network.layers[0]!.lateral[0]).toBe(-10);
  });
});

describe('a task in the middle of learning', () => {
  const config: KernelConfig = { ...STANDARD, hidden: [[6], [5]] };
  const theta = initialTheta(resolveSpec({})).map((value, i) => value + 0.3 * Math.sin(7 * i));
  const rule = readRule(theta, config.rule, Math.tanh);

  /** A fresh task whose batch has gone forward and down, not yet learned from. */
  function listen(): { task: ReferenceTask; signals: LayerSignals[] } {
    const task = drawReferenceTask(config, 1, AT);
    const signals = makeBatch(task);
    forwardBatch(task, 0, signals);
    topDown(task.network.layers, signals, task.data.labelled.labels, rule);
    return { task, signals };
  }

  it('is local: what a neuron hears changes only weights that end or begin at it', () => {
    const undisturbed = listen();
    update(undisturbed.task.network.layers, undisturbed.signals, rule);
    for (const heard of ['z', 'r', 's'] as const) {
      for (const [l, neuron] of [
        [0, 1],
        [1, 3],
        [2, 0],
        [3, 1],
      ] as const) {
        const { task, signals } = listen();
        const layer = signals[l]!;
        for (let e = neuron; e < layer.z.length; e += layer.width) layer[heard][e]! += 0.5;
        askRule(rule, layer, task.data.labelled.labels.length);
        update(task.network.layers, signals, rule);
        let changed = 0;
        task.network.layers.forEach((weights, i) => {
          const before = undisturbed.task.network.layers[i]!;
          const { width, below } = weights;
          const here = (row: number): boolean => i + 1 === l && row === neuron;
          const under = (row: number): boolean => i === l && row === neuron;
          const check = (
            set: 'forward' | 'biases' | 'feedback' | 'lateral',
            columns: number,
            touches: (row: number, column: number) => boolean,
          ) =>
            weights[set].forEach((w, e) => {
              if (touches(Math.floor(e / columns), e % columns)) changed += w === before[set][e] ? 0 : 1;
              else expect(w, `${set} of layer ${i + 1}, ${heard} of neuron ${neuron} in layer ${l}`).toBe(before[set][e]);
            });
          check('forward', below, (row, column) => here(row) || under(column));
          check('biases', 1, here);
          check('feedback', width, (row, column) => under(row) || here(column));
          check('lateral', width, (row, column) => here(row) || here(column));
        });
        expect(changed).toBeGreaterThan(4);
      }
    }
  });

  it('knows nothing but what its neuron hears: two neurons that hear the same answer the same', () => {
    const { signals } = listen();
    const layer = signals[1]!;
    for (const plane of [layer.z, layer.r, layer.s]) plane.copyWithin(1, 0, 1);
    askRule(rule, layer, 10);
    for (const plane of ['delta', 'postW', 'preW', 'postV', 'preV', 'postM', 'preM'] as const)
      expect(layer[plane][1]).toBe(layer[plane][0]);
  });

  it('does not transport weights: forward weights play no part on the way down, feedback weights do', () => {
    const { task, signals } = listen();
    const reverse = (): number[][] => signals.map(({ r, delta }) => [...r, ...delta]);
    const before = reverse();
    const { layers } = task.network;
    // Every forward weight becomes another one after the batch has gone forward.
    for (const { forward, biases } of layers) {
      for (const set of [forward, biases]) set.set(set.map((w, i) => Math.sin(3 * i) - w));
    }
    topDown(layers, signals, task.data.labelled.labels, rule);
    expect(reverse()).toEqual(before);
    layers[1]!.feedback[0]! += 0.1;
    topDown(layers, signals, task.data.labelled.labels, rule);
    expect(reverse()).not.toEqual(before);
  });

  it('changes feedback and lateral weights by signals alone: not tied to forward weights', () => {
    const { task, signals } = listen();
    const other = structuredClone(task.network.layers);
    for (const { forward } of other) forward.fill(0.123);
    update(task.network.layers, signals, rule);
    update(other, signals, rule);
    other.forEach(({ feedback, lateral }, i) => {
      expect([...feedback]).toEqual([...task.network.layers[i]!.feedback]);
      expect([...lateral]).toEqual([...task.network.layers[i]!.lateral]);
    });
  });

  it('tells labelled from unlabelled examples by m alone: an unlabelled example has no reverse signal at the top', () => {
    const { signals } = listen();
    const top = signals[3]!;
    expect([...top.r.subarray(20)]).toEqual(new Array(20).fill(0));
    expect(top.r.subarray(0, 20).every((r) => r !== 0)).toBe(true);
  });
});
