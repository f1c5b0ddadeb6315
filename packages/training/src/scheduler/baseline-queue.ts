// The tuned baselines on the held-out tasks of runs, so that whoever watches a run sees what it is to beat. Of each engine one run after
// the other, in a lane of its own, which shares the engines with the runs as if it were one.

import type { Fleet } from '@metaplast/dispatch';
import { kernelIdentity } from '@metaplast/kernel';
import type { EngineName } from '@metaplast/protocol';
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
  /** How to end those that wait or are measured. */
  readonly #added = new Map<string, AbortController>();
  /** A queue an engine: runs whose engine nobody has wait without keeping others waiting. Never rejects. */
  readonly #queues = new Map<EngineName, Promise<void>>();

  constructor(options: BaselineQueueOptions) {
    this.#options = options;
  }

  /** Measures the run's baselines some time, unless they are known. */
  add(run: string): void {
    if (this.#stop.signal.aborted || this.#added.has(run)) return;
    try {
      const { engine } = this.#options.store.catalogue.run(run);
      const end = new AbortController();
      this.#added.set(run, end);
      const before = this.#queues.get(engine) ?? Promise.resolve();
      const measured = before.then(() => this.#measure(run, AbortSignal.any([this.#stop.signal, end.signal])));
      this.#queues.set(
        engine,
        measured
          .catch((error) => {
            if (!this.#stop.signal.aborted && !end.signal.aborted) this.#options.onError?.(run, error);
          })
          .finally(() => {
            if (this.#added.get(run) === end) this.#added.delete(run);
          }),
      );
    } catch (error) {
      this.#options.onError?.(run, error);
    }
  }

  /** For a run that somebody looks at: measures its baselines if it succeeded before they were, because the server was stopped then. */
  makeUp(run: string): void {
    const { store } = this.#options;
    const { state, baselines } = store.catalogue.run(run);
    if (state === 'succeeded' && baselines === null && store.run(run).kernel === kernelIdentity()) this.add(run);
  }

  /** The run was paused or cancelled, has failed, or is gone. It may be added again. */
  drop(run: string): void {
    this.#added.get(run)?.abort(new Error('the run is not worked on any more'));
    this.#added.delete(run);
  }

  /** What is unfinished is measured when the run is added again. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the coordinator stops'));
    await Promise.all(this.#queues.values());
  }

  async #measure(run: string, signal: AbortSignal): Promise<void> {
    const { store, fleet, onMeasured } = this.#options;
    if (signal.aborted || store.catalogue.run(run).baselines !== null) return;
    const { kernel, spec, epoch, priority } = store.run(run);
    checkKernel(`run ${run}`, kernel);
    const dispatcher = fleet.dispatcher({ run: `${run}-baselines`, epoch: epoch + 1, priority });
    try {
      await heldOutBaselines({ spec, dispatcher, signal }, { store, runId: run });
    } finally {
      await dispatcher.close();
    }
    onMeasured?.(run);
  }
}
