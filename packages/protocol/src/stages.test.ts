import { describe, expect, it } from 'vitest';
import { finalSpec, specAt } from './stages.js';
import { resolveSpec, runCost, runTrainings, trainingCost } from './validate.js';

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

describe('a run with stages', () => {
  it('costs what its generations cost', () => {
    const generations = Array.from({ length: 10 }, (_, g) => trainingCost(specAt(spec, g)));
    expect(runTrainings(spec)).toBe(60);
    for (const from of [0, 1, 2, 4, 5, 9, 10])
      expect(runCost(spec, from)).toBe(6 * generations.slice(from).reduce((sum, cost) => sum + cost, 0));
    expect(runCost(spec)).toBeLessThan(runCost(finalSpec(spec)));
  });
});
