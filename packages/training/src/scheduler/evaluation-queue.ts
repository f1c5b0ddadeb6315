// Evaluations that were asked for, over the same fleet as the runs: queued → running → succeeded | failed | cancelled.
//
// A row that is finished stays, so that one that was interrupted (by a stop, or with its process) computes only what is missing.

import type { Fleet } from '@metaplast/dispatch';
import { tuning } from '../evaluation/baselines.js';
import { compareOnFamily } from '../evaluation/comparison.js';
import { checkKernel } from '../resume.js';
import { isOfOneRun, StateConflictError, StoreError } from '../store/errors.js';
import type { RunStore } from '../store/store.js';

/** Evaluations that are worked on at the same time. */
const AT_ONCE = 2;

export interface EvaluationQueueOptions {
  store: RunStore;
  fleet: Fleet;
  onEvent?: (event: EvaluationEvent) => void;
}

/** changed: its state or its rows. fatal: the store cannot be used any more, nothing is worked on. */
export type EvaluationEvent =
  | { kind: 'changed'; evaluation: string }
  | { kind: 'failed'; evaluation: string; error: unknown }
  | { kind: 'fatal'; error: unknown };

interface Active {
  halt: AbortController;
  done: Promise<void>;
}

export class EvaluationQueue {
  readonly #store: RunStore;
  readonly #fleet: Fleet;
  readonly #onEvent: (event: EvaluationEvent) => void;
  readonly #active = new Map<string, Active>();
  #stopped = false;

  /** The store's lease must be held. What a dead process left running is queued; nothing else happens until wake(). */
  constructor({ store, fleet, onEvent = () => {} }: EvaluationQueueOptions) {
    this.#store = store;
    this.#fleet = fleet;
    this.#onEvent = onEvent;
    for (const id of store.jobs.idsIn('running')) store.jobs.move(id, 'running', 'queued');
  }

  /** There may be a queued evaluation, or room for one. */
  wake(): void {
    if (this.#stopped) return;
    try {
      for (const id of this.#store.jobs.idsIn('queued')) {
        if (this.#active.size >= AT_ONCE) return;
        if (!this.#active.has(id)) this.#begin(id);
      }
    } catch (error) {
      this.#fatal(error);
    }
  }

  /** Resolves when nothing works on it any more. Throws StateConflictError for one that has ended. */
  async cancel(id: string): Promise<void> {
    const { state } = this.#store.jobs.job(id);
    if (state === 'cancelled') return;
    if (!(this.#store.jobs.move(id, 'queued', 'cancelled') || this.#store.jobs.move(id, 'running', 'cancelled'))) {
      throw new StateConflictError(`evaluation ${id}`, state, 'cancelled');
    }
    const active = this.#active.get(id);
    active?.halt.abort(new Error('cancelled on request'));
    await active?.done;
    this.#onEvent({ kind: 'changed', evaluation: id });
  }

  /** Ends all work at once; what is unfinished is queued again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { halt } of this.#active.values()) halt.abort(new Error('the coordinator stops'));
    await Promise.all([...this.#active.values()].map(({ done }) => done));
  }

  #begin(id: string): void {
    if (!this.#store.jobs.move(id, 'queued', 'running')) return;
    const active: Active = { halt: new AbortController(), done: Promise.resolve() };
    this.#active.set(id, active);
    active.done = this.#work(id, active.halt.signal).finally(() => {
      this.#active.delete(id);
      this.wake();
    });
    this.#onEvent({ kind: 'changed', evaluation: id });
  }

  /** Never rejects: what goes wrong is in the store, or ends the queue. */
  async #work(id: string, signal: AbortSignal): Promise<void> {
    const { jobs } = this.#store;
    try {
      try {
        await this.#evaluate(id, signal);
        jobs.move(id, 'running', 'succeeded');
      } catch (error) {
        if (signal.aborted) jobs.move(id, 'running', 'queued');
        else if (error instanceof StoreError && !isOfOneRun(error)) throw error;
        else {
          jobs.move(id, 'running', 'failed', error instanceof Error ? error.message : String(error));
          this.#onEvent({ kind: 'failed', evaluation: id, error });
        }
      }
      this.#onEvent({ kind: 'changed', evaluation: id });
    } catch (error) {
      this.#fatal(error);
    }
  }

  async #evaluate(id: string, signal: AbortSignal): Promise<void> {
    const { jobs } = this.#store;
    const { spec, kernel, baselines, tunedOn, attempt, priority } = jobs.job(id);
    checkKernel(`evaluation ${id}`, kernel);
    const theta = jobs.theta(id);
    const dispatcher = this.#fleet.dispatcher({ run: id, epoch: attempt, priority });
    const context = { spec, dispatcher, signal };
    const choose = tuning(context, tunedOn);
    try {
      await Promise.all(
        jobs.rows(id).map(async (row, family) => {
          if (row !== null) return;
          jobs.putRow(id, family, await compareOnFamily(context, family, theta, baselines, choose));
          this.#onEvent({ kind: 'changed', evaluation: id });
        }),
      );
    } finally {
      await dispatcher.close();
    }
  }

  #fatal(error: unknown): void {
    this.#stopped = true;
    for (const { halt } of this.#active.values()) halt.abort(error);
    this.#onEvent({ kind: 'fatal', error });
  }
}
