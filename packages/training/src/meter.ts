// How fast a run goes and how busy its engines are, over the last generations.

import type { Timing } from './store/records.js';

/** Generations that rates are averaged over. */
const WINDOW = 32;

export interface Rates {
  /** Inner trainings of the meta-training a second; evaluations take time but don't count. */
  trainingsPerSecond: number;
  /** The engines' busy time over wall time × slots. */
  utilisation: number;
}

/** Fed with the clock and the dispatcher's busy time at each generation's end. */
export class Meter {
  /** `slotMs`: slots × time since the start. */
  readonly #marks: { at: number; busyMs: number; slotMs: number }[];

  /** Times in ms, on any clock. */
  constructor(at: number, busyMs: number) {
    this.#marks = [{ at, busyMs, slotMs: 0 }];
  }

  /** A generation ended, on so many slots: workers come and go. Returns how it was spent. */
  mark(at: number, busyMs: number, slots: number): Timing {
    const last = this.#marks.at(-1)!;
    this.#marks.push({ at, busyMs, slotMs: last.slotMs + slots * (at - last.at) });
    if (this.#marks.length > WINDOW + 1) this.#marks.shift();
    return { wallMs: at - last.at, busyMs: busyMs - last.busyMs, slots };
  }

  /** Rates for generations of `trainings` inner trainings each. */
  rates(trainings: number): Rates {
    const first = this.#marks[0]!;
    const last = this.#marks.at(-1)!;
    const wallMs = Math.max(last.at - first.at, 1e-3);
    return {
      trainingsPerSecond: (1000 * trainings * (this.#marks.length - 1)) / wallMs,
      utilisation: (last.busyMs - first.busyMs) / Math.max(last.slotMs - first.slotMs, 1e-3),
    };
  }
}
