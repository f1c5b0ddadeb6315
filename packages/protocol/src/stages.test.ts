import { describe, expect, it } from 'vitest';
import { finalSpec, scheduleAt, specAt } from './stages.js';
import { etaSeconds, resolveSpec, runCost, runTrainings, trainingCost } from './validate.js';

const noisy = { family: 'two-moons', params: { noise: 0.5 } } as const;
const spec = resolveSpec({
  outer: { generations: 10, pairs: 3 },
  stages: [
    { generations: 2, network: { hidden: [16] }, inner: { steps: 20 } },
    { generations: 3, tasks: [noisy] },
  ],
});

describe('specAt', () => {
  it('gives each stage its own fields and the run’s for what it leaves out, then the run itself', () => {
    const plain = resolveSpec({ outer: { generations: 10, pairs: 3 } });
    const first = { ...plain, network: { hidden: [16] }, inner: { ...plain.inner, steps: 20 } };
    const second = { ...plain, tasks: [noisy] };
    expect(Array.from({ length: 10 }, (_, g) => specAt(spec, g))).toEqual([first, first, second, second, second, ...Array(5).fill(plain)]);
    expect(finalSpec(spec)).toEqual(plain);
  });

  it('of a run without stages is the run', () => {
    const plain = resolveSpec({});
    expect(specAt(plain, 0)).toEqual(plain);
    expect(specAt(resolveSpec({ stages: [] }), 479)).toEqual(plain);
  });

  it('is a spec that resolves to itself', () => {
    for (const g of [0, 4, 9]) expect(resolveSpec(specAt(spec, g))).toEqual(specAt(spec, g));
  });
});

describe('etaSeconds', () => {
  it('weighs what is left by what its trainings cost', () => {
    const [first, later] = [trainingCost(specAt(spec, 0)), trainingCost(specAt(spec, 9))];
    // At 6 trainings, a generation, a second.
    expect(etaSeconds(spec, 1, 6)).toBeCloseTo(1 + (8 * later) / first, 9);
    expect(etaSeconds(spec, 2, 6)).toBeCloseTo((8 * later) / first, 9);
    expect(etaSeconds(spec, 3, 6)).toBeCloseTo(7, 9);
    expect(etaSeconds(spec, 10, 6)).toBe(0);
  });
});

describe('scheduleAt', () => {
  const own = resolveSpec({
    outer: { generations: 12, sigma: { initial: 0.02, final: 0.01 } },
    stages: [
      { generations: 2 },
      { generations: 4, outer: { sigma: { initial: 0.5 }, learningRate: { peak: 7, warmup: 1 } } },
      { generations: 3, outer: { learningRate: { decay: 'constant' } } },
    ],
  });
  const places = (name: 'sigma' | 'learningRate'): [number, number][] =>
    Array.from({ length: 12 }, (_, g) => scheduleAt(own, g, name)).map(({ generation, generations }) => [generation, generations]);

  it('is the run’s, over all generations, where no stage has one of its own', () => {
    for (const g of [0, 1, 4, 9])
      expect(scheduleAt(spec, g, 'sigma')).toEqual({ schedule: spec.outer.sigma, generation: g, generations: 10 });
  });

  it('is a stage’s own over that stage, and the run’s goes on behind it as if the stage were not there', () => {
    expect(places('sigma')).toEqual([
      ...[
        [0, 8],
        [1, 8],
      ],
      ...[
        [0, 4],
        [1, 4],
        [2, 4],
        [3, 4],
      ],
      ...[
        [2, 8],
        [3, 8],
        [4, 8],
        [5, 8],
        [6, 8],
        [7, 8],
      ],
    ]);
    expect(places('learningRate')).toEqual([
      ...[
        [0, 5],
        [1, 5],
      ],
      ...[
        [0, 4],
        [1, 4],
        [2, 4],
        [3, 4],
      ],
      ...[
        [0, 3],
        [1, 3],
        [2, 3],
      ],
      ...[
        [2, 5],
        [3, 5],
        [4, 5],
      ],
    ]);
  });

  it('takes what a stage leaves out from the run', () => {
    expect(scheduleAt(own, 2, 'sigma').schedule).toEqual({ initial: 0.5, final: 0.01 });
    expect(scheduleAt(own, 2, 'learningRate').schedule).toEqual({ peak: 7, warmup: 1, decay: 'cosine' });
    expect(scheduleAt(own, 7, 'learningRate').schedule).toEqual({ ...own.outer.learningRate, decay: 'constant' });
  });
});

describe('a run with stages', () => {
  it('costs what its generations cost', () => {
    const generations = Array.from({ length: 10 }, (_, g) => trainingCost(specAt(spec, g)));
    expect(runTrainings(spec)).toBe(60);
    for (const from of [0, 1, 2, 4, 5, 9, 10])
      expect(runCost(spec, from)).toBe(6 * generations.slice(from).reduce((sum, cost) => sum + cost, 0));
    expect(runCost(spec)).toBeLessThan(runCost(finalSpec(spec)));
  });
});
