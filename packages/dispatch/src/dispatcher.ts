// What a dispatcher is: it splits a work into chunks, has engines evaluate them anywhere, and puts the values in item order.

import type { Work } from '@metaplast/protocol';

/** All values of a work, whatever the chunks were and wherever they were computed. */
export interface Evaluated {
  /** In item order: see ChunkResult in @metaplast/protocol. */
  values: Float32Array;
  /** Sum of the engines' busy time, ms. */
  busyMs: number;
  /** What it was computed on, by name, as far as it was said: see ChunkResult. */
  engines: readonly string[];
}

/** Spreads works over engines. Works that are given at the same time are served in the order given. */
export interface Dispatcher {
  /** How many chunks can be computed at the same time: the denominator of utilisation. */
  readonly slots: number;
  /** Time that engines were busy since the start, for whatever work, ms: the numerator of utilisation. */
  readonly busyMs: number;
  /** Rejects with the signal's reason when aborted; chunks under way may still end, their results are dropped. */
  evaluate(work: Work, signal?: AbortSignal): Promise<Evaluated>;
  close(): Promise<void>;
}
