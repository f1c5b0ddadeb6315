import { Kernel } from '@metaplast/kernel';
import { kernelConfig } from '@metaplast/plasticity';
import { type PartialRunSpec, type RunSpec, resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { fairLosses, taskComponents } from './fairness.js';

const spec = (changes: PartialRunSpec): RunSpec => resolveSpec({ seed: 11, ...changes });
/** Three components that differ in the size of their points. */
const tasks = [1, 2, 5].map((weight, i) => ({ family: 'two-moons' as const, weight, params: { scale: [0.01, 1, 100][i]! } }));

describe('taskComponents', () => {
  it('says which component the kernel draws each task of', () => {
    const of = spec({ tasks, outer: { pairs: 200, tasksPerPair: 2 }, inner: { steps: 1, test: 16 }, network: { hidden: [4] } });
    const kernel = new Kernel(kernelConfig(of));
    kernel.setSeed(of.seed);
    const drawn = Array.from({ length: 400 }, (_, i) => {
      kernel.prepare({ domain: 0, generation: 7, pair: i >> 1, task: i & 1 });
      const size = Math.max(...kernel.data().test.points.map(Math.abs));
      return size < 0.1 ? 0 : size < 10 ? 1 : 2;
    });
    expect([...taskComponents(of, 7)]).toEqual(drawn);
    expect(new Set(drawn).size).toBe(3);
  });

  it('are those of the stage', () => {
    const of = spec({ tasks, stages: [{ generations: 2, tasks: [tasks[0]!] }], outer: { pairs: 64 } });
    expect(Math.max(...taskComponents(of, 1))).toBe(0);
    expect(Math.max(...taskComponents(of, 2))).toBe(2);
  });
});

describe('fairLosses', () => {
  it('counts a loss by the mean loss of its component to the power of q, in the mean 1', () => {
    const of = spec({ tasks: tasks.slice(0, 2), objective: { fairness: 2 }, outer: { pairs: 40 } });
    const components = taskComponents(of, 3);
    const losses = Float64Array.from({ length: 80 }, (_, at) => (components[at >> 1] ? 2 : 1) * (at & 1 ? 0.25 : 0.75));
    const first = components.filter((c) => c === 0).length;
    // Mean losses ½ and 1: weights ¼ and 1 over their mean.
    const mean = (0.25 * first + (40 - first)) / 40;
    const fair = fairLosses(of, 3, losses);
    fair.forEach((loss, at) => {
      expect(loss).toBeCloseTo((losses[at]! * (components[at >> 1] ? 1 : 0.25)) / mean, 14);
    });
  });

  it.each([
    ['without fairness', {}],
    ['with one component', { tasks: [tasks[0]!], objective: { fairness: 3 } }],
    ['in a stage without fairness', { objective: { fairness: 3 }, stages: [{ generations: 4, objective: { fairness: 0 } }] }],
    ['in a stage with one component', { objective: { fairness: 3 }, stages: [{ generations: 4, tasks: [tasks[0]!] }] }],
  ])('leaves all as they are %s', (_, changes) => {
    const of = spec({ tasks, outer: { pairs: 8 }, ...changes });
    const losses = Float64Array.from({ length: 16 }, (_, at) => at / 7);
    expect(fairLosses(of, 3, losses)).toBe(losses);
  });

  it('gives finite losses when all are 0', () => {
    const of = spec({ tasks, objective: { fairness: 1 }, outer: { pairs: 8 } });
    expect(fairLosses(of, 0, new Float64Array(16))).toEqual(new Float64Array(16));
  });

  it('follows the gradient of Σ s_c L_c^(q + 1) / (q + 1)', () => {
    // Two components with losses x² + 1 and (x - 2)², x = 1: derivatives 2 and -2, mean losses 2 and 1.
    const of = spec({ tasks: tasks.slice(0, 2), objective: { fairness: 1 }, outer: { pairs: 4096 } });
    const components = taskComponents(of, 0);
    const h = 1e-4;
    const losses = Float64Array.from({ length: 8192 }, (_, at) => {
      const x = 1 + (at & 1 ? -h : h);
      return components[at >> 1] ? (x - 2) ** 2 : x ** 2 + 1;
    });
    const fair = fairLosses(of, 0, losses);
    let derivative = 0;
    for (let pair = 0; pair < 4096; pair++) derivative += (fair[2 * pair]! - fair[2 * pair + 1]!) / (2 * h) / 4096;
    const share = components.filter((c) => c === 0).length / 4096;
    const [d, scale] = [share * 2 * 2 - (1 - share) * 1 * 2, share * 2 + (1 - share) * 1];
    expect(derivative).toBeCloseTo(d / scale, 5);
    expect(share).toBeCloseTo(1 / 3, 1);
  });
});
