import type { RunSummary } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { choose, readFilter, sorted } from './runs-filter.js';

const run = (id: string, more: Partial<RunSummary>): RunSummary =>
  ({
    id,
    name: id,
    state: 'succeeded',
    tags: [],
    heldOut: null,
    rate: null,
    createdAt: id,
    generation: 1,
    generations: 2,
    ...more,
  }) as RunSummary;
const score = (accuracy: number) => ({ generation: 1, accuracy, se: 0 });
const RUNS = [
  run('a', { name: 'Moons', state: 'running', tags: ['x'], heldOut: score(0.9) }),
  run('b', { name: 'moons again', state: 'failed' }),
  run('c', { name: 'circles', state: 'paused', tags: ['x', 'y'], heldOut: score(0.95) }),
];
const ids = (query: string): string => {
  const filter = readFilter(new URLSearchParams(query));
  return sorted(choose(RUNS, filter), filter)
    .map(({ id }) => id)
    .join('');
};

describe('the list of runs', () => {
  it('is newest first by default, also when the URL makes no sense', () => {
    expect(ids('')).toBe('cba');
    expect(ids('sort=-constructor&show=constructor&page=-3')).toBe('cba');
  });

  it('is filtered by state, tag, name and id', () => {
    expect(ids('show=active')).toBe('ca');
    expect(ids('show=failed')).toBe('b');
    expect(ids('tag=x')).toBe('ca');
    expect(ids('q=MOONS')).toBe('ba');
    expect(ids('q=c')).toBe('c');
  });

  it('is sorted in both directions, with runs without a value last', () => {
    expect(ids('sort=heldOut')).toBe('acb');
    expect(ids('sort=-heldOut')).toBe('cab');
    expect(ids('sort=name')).toBe('cab');
    expect(ids('sort=created')).toBe('abc');
  });
});
