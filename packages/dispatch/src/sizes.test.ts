import { DOMAIN } from '@metaplast/kernel';
import { resolveSpec, type TrialWork, trainingCost, type Work } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { ChunkSizer, itemCount, valuesPerItem } from './sizes.js';

const spec = resolveSpec({ outer: { pairs: 100, tasksPerPair: 3 } });
const theta = new Float32Array(477);
const generation: Work = { kind: 'generation', spec, generation: 0, sigma: 0.03, theta };
const trials = (learner: TrialWork['learner']): TrialWork => ({
  kind: 'trials',
  spec,
  domain: DOMAIN.report,
  generation: 0,
  trials: 40,
  learner,
});

describe('sizes', () => {
  it('of works and results', () => {
    expect([itemCount(generation), valuesPerItem(generation)]).toEqual([100, 6]);
    expect([itemCount(trials({ kind: 'rule', theta })), valuesPerItem(trials({ kind: 'rule', theta }))]).toEqual([40, 3]);
    expect(valuesPerItem(trials({ kind: 'sgd', settings: [[1], [2], [3]] }))).toBe(9);
  });
});

describe('ChunkSizer', () => {
  it('keeps to 100 ms by the measured speed', () => {
    const sizer = new ChunkSizer(2);
    expect(sizer.next(generation, 100)).toBe(Math.floor(100 / (1e-7 * 6 * trainingCost(spec))));
    sizer.measured(generation, 10, 100);
    expect(sizer.next(generation, 100)).toBe(10);
    for (let i = 0; i < 40; i++) sizer.measured(generation, 10, 500);
    expect(sizer.next(generation, 100)).toBe(2);
    sizer.measured(generation, 1, 1e9);
    expect(sizer.next(generation, 100)).toBe(1);
  });

  it('lets chunks shrink towards the end, to 4 ms', () => {
    const sizer = new ChunkSizer(2);
    sizer.measured(generation, 100, 210);
    const sizes = [];
    for (let left = 100; left > 0; left -= sizes.at(-1)!) sizes.push(sizer.next(generation, left));
    expect(sizes).toEqual([25, 19, 14, 11, 8, 6, 5, 3, 3, 2, 2, 2]);
    sizer.slots = 1;
    expect([sizer.next(generation, 100), sizer.next(generation, 40)]).toEqual([47, 40]);
  });

  it('knows that a baseline’s training has a speed of its own', () => {
    const sizer = new ChunkSizer(1);
    const sgd = trials({ kind: 'sgd', settings: [[1], [2]] });
    const before = sizer.next(sgd, 1000);
    sizer.measured(generation, 1, 0.001);
    expect(sizer.next(sgd, 1000)).toBe(before);
    sizer.measured(sgd, 4, 8);
    expect(sizer.next(sgd, 1000)).toBe(50);
  });
});
