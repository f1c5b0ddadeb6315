// The run loop: ask → dispatch → tell → commit, until all generations are in the store.
//
// Pipelined: as soon as a generation's losses are in, θ is stepped and the next generation dispatched; the commit of the
// previous one, the held-out evaluations and the drawing of perturbations for the next step happen while the engines work on it. What is in the store is always a prefix of
// the undisturbed run, so that a run that is started again goes on from its last commit and ends with the same θ.

import { setImmediate } from 'node:timers/promises';
import type { Dispatcher, Evaluated } from '@metaplast/dispatch';
import { ask, type EsState, type GenerationMetrics, init, perturbationsAhead, serialise, tell } from '@metaplast/evolution';
import { initialTheta } from '@metaplast/plasticity';
import { etaSeconds, generationTrainings, type RunSpec, specAt } from '@metaplast/protocol';
import { type HeldOut, HeldOutQueue, heldOutDue } from './held-out.js';
import { Meter, type Rates } from './meter.js';
import { checkKernel, loadState } from './resume.js';
import { StoreError } from './store/errors.js';
import { type Checkpoint, EVALUATION } from './store/records.js';
import type { GenerationCommit, RunStore } from './store/store.js';
import { thetaSha256 } from './theta.js';

export interface TrainingOptions {
  store: RunStore;
  runId: string;
  dispatcher: Dispatcher;
  /** Aborting it stops the run after the generation in flight is committed. */
  signal?: AbortSignal;
  /** Aborting it ends the run at once: the generation in flight is dropped, and the run's state is left to whoever aborted. */
  halt?: AbortSignal;
  /** Called when the run's state is `running`. */
  onStart?: () => void;
  /** Called after each commit. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Called after each held-out evaluation; the one of the end comes after the last progress. */
  onHeldOut?: (heldOut: HeldOut) => void;
}

export interface TrainingProgress extends Rates {
  /** Generations committed, and how many there will be. */
  generation: number;
  generations: number;
  /** Of the generation just committed. */
  metrics: GenerationMetrics;
  /** The newest held-out evaluation. */
  heldOut: HeldOut | undefined;
  /** Time that the rest of the generations takes at this rate. */
  etaSeconds: number;
}

/** How a run stands when the loop ends. */
export interface TrainingResult {
  state: 'succeeded' | 'interrupted';
  /** Updates made. */
  generation: number;
  theta: Float32Array;
  thetaSha256: string;
}

/**
 * Starts a run of the store or goes on with it; one that has succeeded is left as it is. Store trouble (StoreError) leaves the
 * run as last committed; any other error marks it as failed, with the reason. Both are thrown, and both runs can be started again.
 */
export async function runTraining(options: TrainingOptions): Promise<TrainingResult> {
  const { store, runId } = options;
  const { kernel, spec, state } = store.run(runId);
  checkKernel(`run ${runId}`, kernel);
  const start = loadState(store, runId, spec);
  if (state === 'succeeded' && start) return result('succeeded', start);
  const epoch = store.startRun(runId);
  options.onStart?.();
  try {
    return await new TrainingLoop(options, spec, epoch).run(start ?? begin(store, runId, spec, epoch));
  } catch (error) {
    if (!(error instanceof StoreError || options.halt?.aborted)) markFailed(store, runId, epoch, error);
    throw error;
  }
}

/** If not even that can be written, the error says both. */
function markFailed(store: RunStore, runId: string, epoch: number, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    store.endRun(runId, epoch, 'failed', reason);
  } catch (trouble) {
    if (trouble instanceof StoreError) throw new StoreError(trouble.code, `${trouble.message}; before that: ${reason}`, { cause: error });
    throw trouble;
  }
}

/** The state of a run that has none yet, as its first checkpoint. */
function begin(store: RunStore, runId: string, spec: RunSpec, epoch: number): EsState {
  const state = init(spec, initialTheta(spec));
  store.putCheckpoint(runId, epoch, checkpointOf(state));
  return state;
}

const checkpointOf = (state: EsState): Checkpoint => ({
  generation: state.generation,
  thetaSha256: thetaSha256(state.theta),
  state: serialise(state),
});

const result = (how: TrainingResult['state'], { generation, theta }: EsState): TrainingResult => ({
  state: how,
  generation,
  theta,
  thetaSha256: thetaSha256(theta),
});

class TrainingLoop {
  readonly #options: TrainingOptions;
  readonly #spec: RunSpec;
  readonly #epoch: number;
  /** Takes everything back that was given to the dispatcher. */
  readonly #leave = new AbortController();
  readonly #heldOut: HeldOutQueue;
  readonly #meter: Meter;
  #newest: HeldOut | undefined;

  constructor(options: TrainingOptions, spec: RunSpec, epoch: number) {
    const { dispatcher, store, runId, onHeldOut } = options;
    this.#options = options;
    this.#spec = spec;
    this.#epoch = epoch;
    this.#newest = store.evaluations<HeldOut>(runId, EVALUATION.heldOut).at(-1)?.result;
    this.#heldOut = new HeldOutQueue({ spec, dispatcher, signal: this.#leave.signal }, { store, runId }, (heldOut) => {
      if (this.#newest === undefined || this.#newest.generation < heldOut.generation) this.#newest = heldOut;
      onHeldOut?.(heldOut);
    });
    this.#meter = new Meter(performance.now(), dispatcher.busyMs);
  }

  async run(start: EsState): Promise<TrainingResult> {
    const { store, runId, signal, halt } = this.#options;
    const leave = (): void => this.#leave.abort();
    halt?.addEventListener('abort', leave, { once: true });
    try {
      halt?.throwIfAborted();
      let state = start;
      let flight = this.#dispatch(state);
      this.#makeUp();
      while (flight) {
        const draw = perturbationsAhead(this.#spec, state);
        const { values: losses, engines } = await flight;
        const told = tell(this.#spec, state, losses, draw);
        const previous = state;
        state = told.state;
        flight = this.#dispatch(state);
        await setImmediate(); // its chunks leave before the commit blocks this thread
        this.#commit(previous, { losses, engines, metrics: told.metrics }, state);
        if (heldOutDue(this.#spec, state.generation)) this.#heldOut.start(state.generation, state.theta);
        this.#heldOut.check();
      }
      if (!signal?.aborted) await this.#evaluated();
      halt?.throwIfAborted();
      const done = state.generation === this.#spec.outer.generations && !signal?.aborted;
      store.endRun(runId, this.#epoch, done ? 'succeeded' : 'interrupted');
      return result(done ? 'succeeded' : 'interrupted', state);
    } finally {
      halt?.removeEventListener('abort', leave);
      this.#leave.abort();
      await this.#heldOut.settled();
    }
  }

  /** Has the next generation's losses computed, if there is to be one. */
  #dispatch(state: EsState): Promise<Evaluated> | undefined {
    const { dispatcher, signal } = this.#options;
    if (state.generation === this.#spec.outer.generations || signal?.aborted) return undefined;
    const { generation, sigma, theta } = ask(this.#spec, state);
    const spec = specAt(this.#spec, generation);
    const flight = dispatcher.evaluate({ kind: 'generation', spec, generation, sigma, theta }, this.#leave.signal);
    // Should the commit before it throw, nobody waits for this one any more.
    flight.catch(() => {});
    return flight;
  }

  #commit(from: EsState, outcome: Pick<GenerationCommit, 'losses' | 'engines' | 'metrics'>, to: EsState): void {
    const { store, runId, dispatcher, onProgress } = this.#options;
    const { generations } = this.#spec.outer;
    const timing = this.#meter.mark(performance.now(), dispatcher.busyMs, dispatcher.slots);
    store.commitGeneration(runId, this.#epoch, {
      generation: from.generation,
      ...outcome,
      timing,
      checkpoint: checkpointOf(to),
      keepPrevious: heldOutDue(this.#spec, from.generation),
    });
    const rates = this.#meter.rates(generationTrainings(this.#spec));
    const eta = etaSeconds(this.#spec, to.generation, rates.trainingsPerSecond);
    onProgress?.({ generation: to.generation, generations, metrics: outcome.metrics, heldOut: this.#newest, ...rates, etaSeconds: eta });
  }

  /** Starts the held-out evaluations that a previous process did not finish. */
  #makeUp(): void {
    const { store, runId } = this.#options;
    for (const generation of store.checkpoints(runId)) {
      if (!heldOutDue(this.#spec, generation)) continue;
      if (store.evaluation(runId, { kind: EVALUATION.heldOut, generation, family: 0 })) continue;
      this.#heldOut.start(generation, loadState(store, runId, this.#spec, generation)!.theta);
    }
  }

  /** Waits for the evaluations, or until the signal stops them: a later start makes them up. */
  async #evaluated(): Promise<void> {
    const { signal } = this.#options;
    const stop = (): void => this.#leave.abort();
    signal?.addEventListener('abort', stop, { once: true });
    await this.#heldOut.settled();
    signal?.removeEventListener('abort', stop);
    if (!signal?.aborted) this.#heldOut.check();
  }
}
