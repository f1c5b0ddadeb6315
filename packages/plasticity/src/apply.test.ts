import { DOMAIN, Kernel } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { type OwnData, ownTask, train } from './apply.js';
import { initialTheta, kernelConfig } from './compile.js';

const spec = resolveSpec({ network: { hidden: [8] }, inner: { steps: 30 } });
const file = { spec, theta: initialTheta(spec) };

/** k blobs on a circle in the first two of d dimensions: 4 labelled points each, 30 unlabelled. */
function blobs(classes: number, inputs: number): OwnData & { truth: Int32Array } {
  const point = (k: number, i: number): number[] =>
    Array.from({ length: inputs }, (_, d) => {
      const around = Math.sin(12.9898 * (i + 1) * (d + 1) + k) * 0.2;
      const angle = (2 * Math.PI * k) / classes;
      return around + (d === 0 ? Math.cos(angle) : d === 1 ? Math.sin(angle) : 0) * 1.4;
    });
  const rows = (n: number, from: number): number[][] => Array.from({ length: classes * n }, (_, i) => point(i % classes, from + i));
  const labels = (n: number): Int32Array => Int32Array.from({ length: classes * n }, (_, i) => i % classes);
  const labelled = { points: Float32Array.from(rows(4, 0).flat()), labels: labels(4) };
  return { inputs, classes, labelled, unlabelled: Float32Array.from(rows(30, 100).flat()), truth: labels(30) };
}

describe('ownTask', () => {
  it.each([
    [2, 2],
    [3, 5],
    [16, 64],
  ])('learns %i classes in %i dimensions, the same each time', (classes, inputs) => {
    const data = blobs(classes, inputs);
    const run = () => {
      const task = ownTask(file, data, 3);
      return [train(task, task.rule).predict(data.unlabelled), train(task, task.backprop(0.5)).predict(data.unlabelled)];
    };
    const [rule, backprop] = run();
    expect(run()).toEqual([rule, backprop]);
    const accuracy = (p: Float32Array): number =>
      [...data.truth].filter(
        (k, i) => p.subarray(i * classes, (i + 1) * classes).indexOf(Math.max(...p.subarray(i * classes, (i + 1) * classes))) === k,
      ).length / data.truth.length;
    if (classes < 16) for (const p of [rule!, backprop!]) expect(accuracy(p)).toBeGreaterThan(0.9);
    expect(rule!.length).toBe(data.truth.length * classes);
  });

  it('is the kernel’s own training when the data are the kernel’s own', () => {
    const task = { family: 'blobs', dimensions: 2, classes: 2 } as const;
    const own = { ...spec, tasks: [task] };
    const kernel = new Kernel({ ...kernelConfig(own), unlabelled: 0, test: 1 });
    kernel.setSeed(7);
    kernel.setTheta(file.theta);
    kernel.prepare({ domain: DOMAIN.figure, generation: 0, pair: 0, task: 0 });
    kernel.begin();
    const { labelled } = kernel.data();
    for (let t = 0; t < 30; t++) kernel.step(t);
    const same = ownTask(file, { inputs: 2, classes: 2, labelled, unlabelled: new Float32Array(0) }, 7);
    expect(train(same, same.rule).predict(labelled.points)).toEqual(kernel.predict(labelled.points));
  });

  it('refuses what is no data', () => {
    const data = blobs(2, 2);
    const refused = (change: Partial<OwnData>): string => {
      try {
        ownTask(file, { ...data, ...change });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return (error as Error).message;
      }
      return '';
    };
    expect(refused({ inputs: 1 })).toBe('inputs must be from 2 to 64, was 1');
    expect(refused({ classes: 17 })).toBe('classes must be from 2 to 16, was 17');
    expect(refused({ labelled: { points: new Float32Array(2), labels: Int32Array.of(0) } })).toBe('labelled must be from 2 to 1024, was 1');
    expect(refused({ unlabelled: new Float32Array(3) })).toContain('rows of 2 numbers');
    expect(refused({ labelled: { points: new Float32Array(4), labels: Int32Array.of(0, 2) } })).toBe('labels must be from 0 to 1');
    expect(refused({ unlabelled: Float32Array.of(1, Number.NaN) })).toBe('points must be finite numbers');
  });
});
