import { describe, expect, it } from 'vitest';
import { Series, smooth } from './series.js';

const point = (generation: number) => ({ generation, meanLoss: generation / 10 });
const span = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => point(from + i));

describe('Series', () => {
  it('takes every generation once and in order, however often it is sent', () => {
    const series = new Series();
    series.add(span(0, 5));
    series.add(span(3, 8));
    expect(series.generations).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(series.column('meanLoss')).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  });

  it('has null where a generation lacks a metric', () => {
    const series = new Series();
    series.add([point(0), { generation: 1, sigma: 0.5 }]);
    series.add([point(2)]);
    expect(series.column('meanLoss')).toEqual([0, null, 0.2]);
    expect(series.column('sigma')).toEqual([null, 0.5, null]);
    expect(series.column('unknown')).toEqual([null, null, null]);
  });

  it('stays small over a hundred thousand generations, evenly spaced and with the newest', () => {
    const series = new Series();
    for (let from = 0; from < 100_000; from += 250) series.add(span(from, from + 250));
    expect(series.generations.length).toBeLessThanOrEqual(4000);
    expect(series.generations[0]).toBe(0);
    expect(series.last).toBe(99_999);
    const spaced = series.generations.filter((generation) => generation % series.stride === 0);
    expect(spaced).toEqual(Array.from({ length: Math.ceil(100_000 / series.stride) }, (_, i) => i * series.stride));
    expect(series.column('meanLoss')).toEqual(series.generations.map((generation) => generation / 10));
  });

  it('goes on from points that the server has thinned out', () => {
    const series = new Series();
    series.add([0, 50, 100, 120].map(point), 50);
    series.add(span(121, 124));
    expect(series.stride).toBe(50);
    expect(series.generations).toEqual([0, 50, 100, 120, 121, 122, 123]);
  });
});

describe('smooth', () => {
  it('keeps a constant, weighs by age, and steps over gaps', () => {
    expect(smooth([3, 3, 3], 0.9)).toEqual([3, 3, 3].map((value) => expect.closeTo(value, 12)));
    expect(smooth([0, null, 1], 0.5)).toEqual([0, null, expect.closeTo(2 / 3, 12)]);
    expect(smooth([1, 2], 0)).toEqual([1, 2]);
  });
});
