// The scheduler: takes queued runs of a store through their lives over one fleet, several at once.
//
//   queued → starting → running → succeeded | failed
//     ↑         │          │
//     │ resume  ↓ pause    ↓ cancel
//   paused ←────┴──────→ cancelling → cancelled
//
// Pause and cancel drop the generation in flight, so that they take effect at once; all that is committed stays. A run that the
// store says is running when a scheduler starts was left so by one that died, and is queued again: it goes on from its last commit.

import type { Dispatcher, Fleet } from '@metaplast/dispatch';
import { generationTrainings, type RunState } from '@metaplast/protocol';
import { runTraining, type TrainingProgress } from '../run.js';
import { isOfOneRun, StateConflictError, StoreError } from '../store/errors.js';
import type { RunStore } from '../store/store.js';

export interface SchedulerOptions {
  store: RunStore;
  fleet: Fleet;
  /** Runs that are worked on at the same time. */
  maxRuns?: number;
  onEvent?: (event: SchedulerEvent) => void;
}

/** changed: a run's state in the store. progress, evaluated: a commit (of so many inner trainings), a held-out evaluation. fatal: the store cannot be used any more, nothing is worked on. */
export type SchedulerEvent =
  | { kind: 'changed'; run: string; state: RunState }
  | { kind: 'progress'; run: string; progress: TrainingProgress; trainings: number }
  | { kind: 'evaluated'; run: string }
  | { kind: 'failed'; run: string; error: unknown }
  | { kind: 'fatal'; error: unknown };

/** A run that is worked on. */
interface Active {
  /** Ends it after the generation in flight. */
  stop: AbortController;
  /** Ends it at once. */
  halt: AbortController;
  done: Promise<void>;
  progress: TrainingProgress | undefined;
}

/** States that an unfinished run of a dead scheduler is left in. */
const ORPHANED: readonly RunState[] = ['starting', 'running', 'interrupted'];
const WORKED_ON: readonly RunState[] = ['starting', 'running'];

export class Scheduler {
  readonly #store: RunStore;
  readonly #fleet: Fleet;
  readonly #maxRuns: number;
  readonly #onEvent: (event: SchedulerEvent) => void;
  readonly #active = new Map<string, Active>();
  #stopped = false;

  /** The store's lease must be held. Orphaned runs are queued; nothing else happens until wake(). */
  constructor({ store, fleet, maxRuns = 4, onEvent = () => {} }: SchedulerOptions) {
    this.#store = store;
    this.#fleet = fleet;
    this.#maxRuns = maxRuns;
    this.#onEvent = onEvent;
    for (const id of store.catalogue.idsIn(ORPHANED)) store.moveRun(id, ORPHANED, 'queued', 'the coordinator was restarted');
    for (const id of store.catalogue.idsIn(['cancelling'])) store.moveRun(id, ['cancelling'], 'cancelled');
  }

  /** There may be a queued run, or room for one. */
  wake(): void {
    if (this.#stopped) return;
    try {
      for (const id of this.#store.catalogue.idsIn(['queued'])) {
        if (this.#active.size >= this.#maxRuns) return;
        if (!this.#active.has(id)) this.#begin(id);
      }
    } catch (error) {
      this.#fatal(error);
    }
  }

  /** How fast a run is, as far as it is worked on. */
  progress(id: string): TrainingProgress | undefined {
    return this.#active.get(id)?.progress;
  }

  /** Runs that are worked on and how fast they are, once that is known. */
  underWay(): [run: string, progress: TrainingProgress][] {
    return [...this.#active].flatMap(([id, { progress }]) => (progress ? [[id, progress]] : []));
  }

  /** Resolves when nothing works on the run any more. Throws StateConflictError for a run that has ended. */
  async pause(id: string): Promise<void> {
    const state = this.#store.state(id);
    if (state === 'paused') return;
    if (!['queued', ...WORKED_ON].includes(state)) throw new StateConflictError(`run ${id}`, state, 'paused');
    await this.#halt(id);
    // It may have ended by itself in the meantime: then that is what the error says.
    this.#move(id, ['queued', ...WORKED_ON], 'paused');
    this.wake();
  }

  /** Queues a paused, failed or cancelled run again. */
  resume(id: string): void {
    const state = this.#store.state(id);
    if (['queued', ...WORKED_ON].includes(state)) return;
    this.#move(id, ['paused', 'failed', 'cancelled'], 'queued');
    this.wake();
  }

  /** As pause(), and it no longer waits to go on. */
  async cancel(id: string): Promise<void> {
    const state = this.#store.state(id);
    if (state === 'cancelled') return;
    if (state !== 'cancelling') this.#move(id, ['queued', 'paused', ...WORKED_ON], 'cancelling');
    await this.#halt(id);
    this.#move(id, ['cancelling'], 'cancelled');
    this.wake();
  }

  /** Ends all work: generations in flight are committed if that takes no longer than `graceMs`. The runs go on at the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    const active = [...this.#active.values()];
    for (const { stop } of active) stop.abort();
    const late = setTimeout(() => {
      for (const { halt } of active) halt.abort(new Error('the coordinator stops'));
    }, graceMs);
    await Promise.all(active.map(({ done }) => done));
    clearTimeout(late);
  }

  #move(id: string, from: readonly RunState[], to: RunState): void {
    this.#store.moveRun(id, from, to);
    this.#onEvent({ kind: 'changed', run: id, state: to });
  }

  async #halt(id: string): Promise<void> {
    const active = this.#active.get(id);
    active?.halt.abort(new Error('stopped on request'));
    await active?.done;
  }

  #begin(id: string): void {
    this.#move(id, ['queued'], 'starting');
    const active: Active = { stop: new AbortController(), halt: new AbortController(), done: Promise.resolve(), progress: undefined };
    this.#active.set(id, active);
    active.done = this.#work(id, active).finally(() => {
      this.#active.delete(id);
      this.wake();
    });
  }

  /** Never rejects: what goes wrong is in the store, or ends the scheduler. */
  async #work(id: string, active: Active): Promise<void> {
    let dispatcher: Dispatcher | undefined;
    try {
      const { epoch, priority, spec } = this.#store.run(id);
      const trainings = generationTrainings(spec);
      dispatcher = this.#fleet.dispatcher({ run: id, epoch: epoch + 1, priority });
      await runTraining({
        store: this.#store,
        runId: id,
        dispatcher,
        signal: active.stop.signal,
        halt: active.halt.signal,
        onStart: () => this.#changed(id),
        onProgress: (progress) => {
          active.progress = progress;
          this.#onEvent({ kind: 'progress', run: id, progress, trainings });
        },
        onHeldOut: () => this.#onEvent({ kind: 'evaluated', run: id }),
      });
    } catch (error) {
      if (!active.halt.signal.aborted) this.#failed(id, error);
    } finally {
      await dispatcher?.close();
    }
    if (!active.halt.signal.aborted) this.#changed(id);
  }

  #changed(id: string): void {
    try {
      this.#onEvent({ kind: 'changed', run: id, state: this.#store.state(id) });
    } catch (error) {
      this.#fatal(error);
    }
  }

  /** Trouble with one run is that run's; trouble with the file is everybody's. */
  #failed(id: string, error: unknown): void {
    const own = !(error instanceof StoreError) || isOfOneRun(error);
    try {
      if (!own) throw error;
      if (WORKED_ON.includes(this.#store.state(id))) {
        this.#store.moveRun(id, WORKED_ON, 'failed', error instanceof Error ? error.message : String(error));
      }
      this.#onEvent({ kind: 'failed', run: id, error });
    } catch (trouble) {
      this.#fatal(trouble);
    }
  }

  #fatal(error: unknown): void {
    this.#stopped = true;
    for (const { halt } of this.#active.values()) halt.abort(error);
    this.#onEvent({ kind: 'fatal', error });
  }
}
