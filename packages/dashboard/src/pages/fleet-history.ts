// What was seen of the fleet: samples in a row, and nothing where nobody looked.

import type { Column } from '../charts/series.js';

/** Between two samples, ms. */
export const EVERY_MS = 2000;
/** Two samples that are further apart have a gap between them, ms. */
const GAP_MS = 3 * EVERY_MS;
/** The oldest are forgotten. */
const SAMPLES = 2400;

export class FleetHistory {
  /** Of each sample, ms. */
  readonly at: number[] = [];
  /** Percent, and inner trainings a second; null in a gap. */
  readonly utilisation: Column = [];
  readonly rate: Column = [];

  /** `utilisation` is a share of 1. */
  add(now: number, utilisation: number, rate: number): void {
    const last = this.at.at(-1);
    if (last !== undefined && now - last > GAP_MS) this.#push(last + EVERY_MS, null, null);
    this.#push(now, 100 * utilisation, rate);
  }

  #push(at: number, utilisation: number | null, rate: number | null): void {
    this.at.push(at);
    this.utilisation.push(utilisation);
    this.rate.push(rate);
    for (const column of [this.at, this.utilisation, this.rate]) if (column.length > SAMPLES) column.shift();
  }
}
