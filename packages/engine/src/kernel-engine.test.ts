import { DOMAIN, Kernel } from '@metaplast/kernel';
import { baselineTrials, initialTheta, kernelConfig } from '@metaplast/plasticity';
import { type BaselineLearner, type Chunk, type RunSpec, resolveSpec, type TrialWork } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { WasmEngine } from './kernel-engine.js';

const small = { inner: { steps: 5, test: 16 }, outer: { pairs: 8, tasksPerPair: 2 } };
const spec = resolveSpec({ seed: 7, ...small });
const theta = initialTheta(spec);

function kernelFor(of: RunSpec): Kernel {
  const kernel = new Kernel(kernelConfig(of));
  kernel.setSeed(of.seed);
  kernel.setTheta(theta);
  return kernel;
}

const chunk = (of: RunSpec, first: number, count: number): Chunk => ({
  work: { kind: 'generation', spec: of, generation: 3, sigma: 0.05, theta },
  first,
  count,
});

describe('WasmEngine', () => {
  it('gives the losses of the chunk’s pairs, [pair][task][+, -]', () => {
    const all = kernelFor(spec).pairLosses(3, 0, 8, 2, 0.05);
    expect(new Set(all).size).toBe(32);
    const engine = new WasmEngine();
    expect(engine.evaluate(chunk(spec, 5, 3))).toEqual(all.slice(20, 32));
    expect(engine.evaluate(chunk(spec, 0, 5))).toEqual(all.slice(0, 20));
  });

  it('keeps specs, seeds and θ apart, also when there are more configurations than kernels kept', () => {
    const engine = new WasmEngine();
    const specs = Array.from({ length: 12 }, (_, i) =>
      resolveSpec({ ...small, seed: i, network: { hidden: [4 + (i % 10)] }, objective: { cap: 1 + (i % 2) } }),
    );
    for (const round of [specs, [...specs].reverse()]) {
      for (const s of round) expect(engine.evaluate(chunk(s, 2, 2))).toEqual(kernelFor(s).pairLosses(3, 2, 2, 2, 0.05));
    }
  });

  it('gives the rule’s trials, three numbers each', () => {
    const work = { kind: 'trials', spec, domain: DOMAIN.report, generation: 2, trials: 6, learner: { kind: 'rule', theta } } as const;
    const expected = kernelFor(spec).trials(DOMAIN.report, 2, 3, 2);
    const numbers = expected.flatMap((t) => [t.crossEntropy, t.accuracy, t.trainCrossEntropy]);
    expect(new WasmEngine().evaluate({ work, first: 3, count: 2 })).toEqual(Float32Array.from(numbers));
  });

  it('gives a baseline’s trials on the same tasks, three numbers a learning rate', () => {
    const learner: BaselineLearner = { kind: 'adam', settings: [[0.001], [0.05]] };
    const work: TrialWork = { kind: 'trials', spec, domain: DOMAIN.validation, generation: 1, trials: 9, learner };
    const kernel = kernelFor(spec);
    const numbers = [4, 5, 6].flatMap((pair) => {
      kernel.prepare({ domain: DOMAIN.validation, generation: 1, pair, task: 0 });
      return baselineTrials(kernel, learner).flatMap((t) => [t.crossEntropy, t.accuracy, t.trainCrossEntropy]);
    });
    const values = new WasmEngine().evaluate({ work, first: 4, count: 3 });
    expect(values).toEqual(Float32Array.from(numbers));
    expect(values[0]).not.toBe(values[3]);
  });

  it('refuses θ of another rule', () => {
    const { work } = chunk(spec, 0, 1);
    const other = { ...work, theta: new Float32Array(3) } as typeof work;
    expect(() => new WasmEngine().evaluate({ work: other, first: 0, count: 1 })).toThrow('θ has 3 numbers, this rule 477');
  });
});
