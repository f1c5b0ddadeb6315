import { describe, expect, it } from 'vitest';
import { EVERY_MS, FleetHistory } from './fleet-history.js';

describe('FleetHistory', () => {
  it('has a gap of one sample where nobody looked, however long that was', () => {
    const history = new FleetHistory();
    for (const now of [0, EVERY_MS, 600_000, 600_000 + EVERY_MS]) history.add(now, 0.5, 12);
    expect(history.at).toEqual([0, 2000, 4000, 600_000, 602_000]);
    expect(history.utilisation).toEqual([50, 50, null, 50, 50]);
    expect(history.rate).toEqual([12, 12, null, 12, 12]);
  });

  it('takes a sample that is late for one of the row, and forgets the oldest', () => {
    const history = new FleetHistory();
    for (let i = 0; i < 3000; i++) history.add(i * (EVERY_MS + 900), 1, i);
    expect(history.rate).not.toContain(null);
    expect([history.at.length, history.rate.length, history.rate.at(-1)]).toEqual([2400, 2400, 2999]);
  });
});
