// The tuned baselines on the held-out tasks of runs, so that whoever watches a run sees what it is to beat. One run after the other,
// in a lane of its own, which shares the engines with the runs as if it were one.

import type { Fleet } from '@metaplast/dispatch';
import { heldOutBaselines } from '../evaluation/baselines.js';
import { checkKernel } from '../resume.js';
import type { RunStore } from '../store/store.js';

export interface BaselineQueueOptions {
  store: RunStore;
  fleet: Fleet;
  /** The run's baselines are in the store. */
  onMeasured?: (run: string) => void;
  onError?: (run: string, error: unknown) => void;
}

export class BaselineQueue {
  readonly #options: BaselineQueueOptions;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<string>();
  #working: Promise<void> = Promise.resolve();
  /** The run that is measured, and how to end that. */
  #now: { run: string; end: AbortController } | undefined;

  constructor(options: BaselineQueueOptions) {
    this.#options = options;
  }

  /** Measures the run's baselines some time, unless they are known. */
  add(run: string): void {
    if (this.#stop.signal.aborted || this.#waiting.has(run)) return;
    this.#waiting.add(run);
    this.#working = this.#working.then(async () => {
      if (this.#waiting.delete(run)) await this.#measure(run);
    });
  }

  /** The run was paused or cancelled, has failed, or is gone. It may be added again. */
  drop(run: string): void {
    this.#waiting.delete(run);
    if (this.#now?.run === run) this.#now.end.abort(new Error('the run is not worked on any more'));
  }

  /** What is unfinished is made up when the run is added again. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the coordinator stops'));
    await this.#working;
  }

  async #measure(run: string): Promise<void> {
    const { store, fleet, onMeasured, onError } = this.#options;
    const end = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, end.signal]);
    this.#now = { run, end };
    try {
      const record = store.findRun(run);
      if (record === undefined || signal.aborted || store.catalogue.run(run).baselines !== null) return;
      checkKernel(`run ${run}`, record.kernel);
      const dispatcher = fleet.dispatcher({ run: `${run}-baselines`, epoch: record.epoch + 1, priority: record.priority });
      try {
        await heldOutBaselines({ spec: record.spec, dispatcher, signal }, { store, runId: run });
      } finally {
        await dispatcher.close();
      }
      onMeasured?.(run);
    } catch (error) {
      // A run that was deleted meanwhile needs none.
      if (!signal.aborted && store.findRun(run)) onError?.(run, error);
    } finally {
      this.#now = undefined;
    }
  }
}
