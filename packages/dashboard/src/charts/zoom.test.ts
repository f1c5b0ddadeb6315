import { describe, expect, it } from 'vitest';
import { zoomed } from './zoom.js';

describe('zoomed', () => {
  it('narrows and widens around a place that stays where it is', () => {
    expect(zoomed([0, 100], [0, 100], 20, 1 / 2)).toEqual([10, 60]);
    expect(zoomed([10, 60], [0, 100], 20, 2)).toBeUndefined();
    expect(zoomed([40, 50], [0, 100], 42, 2)).toEqual([38, 58]);
  });

  it('stays on the axis', () => {
    expect(zoomed([0, 50], [0, 200], 10, 2)).toEqual([0, 90]);
    expect(zoomed([0, 100], [0, 100], 100, 1 / 2)).toEqual([50, 100]);
  });
});
