import { DOMAIN, Kernel, type KernelConfig } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { kernelConfig } from '../compile.js';
import { FAMILY_DEFAULTS } from '../families.js';
import { rationalTanh } from '../reference/activation.js';
import { BackpropNetwork } from './backprop.js';

const STANDARD = kernelConfig(resolveSpec({}));
const BLOBS = [{ family: 'blobs', weight: 1, params: { ...FAMILY_DEFAULTS.blobs, balance: 0.25 } }] as const;
const AT = { domain: DOMAIN.heldOut, generation: 0, pair: 3, task: 0 };

/** Mean cross-entropy of a network given as its parameter vector, written out plainly. */
function loss(widths: readonly number[], parameters: Float64Array, points: Float32Array, labels: Int32Array): number {
  let sum = 0;
  labels.forEach((label, b) => {
    let x = Array.from(points.subarray(b * widths[0]!, (b + 1) * widths[0]!));
    let at = 0;
    for (let l = 1; l < widths.length; l++) {
      const below = x;
      const biases = at + widths[l]! * below.length;
      x = Array.from({ length: widths[l]! }, (_, i) =>
        below.reduce((total, value, j) => total + parameters[at + i * below.length + j]! * value, parameters[biases + i]!),
      );
      if (l < widths.length - 1) x = x.map(rationalTanh);
      at = biases + widths[l]!;
    }
    sum += Math.log(x.reduce((total, y) => total + Math.exp(y), 0)) - x[label]!;
  });
  return sum / labels.length;
}

function prepared(config: KernelConfig): Kernel {
  const kernel = new Kernel(config);
  kernel.setSeed(3);
  kernel.prepare(AT);
  kernel.begin();
  return kernel;
}

describe('predictions', () => {
  it('of many points are those of each alone, and take room for a few', () => {
    const network = new BackpropNetwork(prepared(STANDARD).weights());
    const points = Float32Array.from({ length: 2 * 100_000 }, (_, i) => Math.sin(i));
    const before = process.memoryUsage().arrayBuffers;
    const all = network.predict(points);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10e6);
    for (const row of [0, 1023, 1024, 5000, 99_999]) {
      expect(all.slice(2 * row, 2 * row + 2)).toEqual(network.predict(points.subarray(2 * row, 2 * row + 2)));
    }
  });
});

describe('the gradient', () => {
  const shapes: [string, Partial<KernelConfig>][] = [
    ['2 → 32 → 2', {}],
    ['2 → 1 → 2', { hidden: [[1]] }],
    ['2 → 7 → 5 → 2', { hidden: [[7], [5]] }],
    ['5 → 6 → 4 → 3 → 4, four classes', { inputs: 5, classes: 4, hidden: [[6], [4], [3]], tasks: BLOBS }],
  ];
  for (const [name, change] of shapes) {
    it(`equals the difference quotient: ${name}`, () => {
      const kernel = prepared({ ...STANDARD, ...change });
      const { labelled } = kernel.data();
      const network = new BackpropNetwork(kernel.weights());
      network.computeGradient(labelled);
      const { parameters } = network;
      const h = 1e-5;
      for (let i = 0; i < parameters.length; i++) {
        const at = (change: number): number =>
          loss(
            kernel.widths(),
            parameters.map((p, k) => (k === i ? p + change : p)),
            labelled.points,
            labelled.labels,
          );
        expect(Math.abs(network.gradient[i]! - (at(h) - at(-h)) / (2 * h)), `parameter ${i}`).toBeLessThan(1e-6);
      }
    });
  }
});

describe('the network', () => {
  for (const [name, config] of [
    ['two classes', { ...STANDARD, hidden: [[17], [9]] }],
    ['four classes', { ...STANDARD, inputs: 5, classes: 4, tasks: BLOBS }],
  ] as const) {
    it(`with the initial weights predicts and measures what the kernel does: ${name}`, () => {
      const kernel = prepared(config);
      const data = kernel.data();
      const network = new BackpropNetwork(kernel.weights());
      const [ours, theirs] = [network.predict(data.test.points), kernel.predict(data.test.points)];
      ours.forEach((p, i) => {
        expect(Math.abs(p - theirs[i]!)).toBeLessThan(1e-5);
      });
      const [a, b] = [network.measure(data), kernel.measure()];
      expect(a.crossEntropy).toBeCloseTo(b.crossEntropy, 5);
      expect(a.trainCrossEntropy).toBeCloseTo(b.trainCrossEntropy, 5);
      expect(a.accuracy).toBeCloseTo(b.accuracy, 6);
    });
  }

  it('gives the same answers whatever was asked before', () => {
    const kernel = prepared(STANDARD);
    const data = kernel.data();
    const network = new BackpropNetwork(kernel.weights());
    const few = network.predict(data.labelled.points);
    network.measure(data);
    expect([...network.predict(data.labelled.points)]).toEqual([...few]);
    network.computeGradient(data.labelled);
    const gradient = network.gradient.slice();
    network.measure(data);
    network.computeGradient(data.labelled);
    expect([...network.gradient]).toEqual([...gradient]);
  });
});
