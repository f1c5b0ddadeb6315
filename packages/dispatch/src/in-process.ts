// The in-process dispatcher: chunks go straight to the threads of an engine pool. A chunk is cut when a thread has a place for it.

import type { EnginePool } from '@metaplast/engine';
import type { ChunkResult, Work } from '@metaplast/protocol';
import { onAbort } from './abort.js';
import type { Dispatcher, Evaluated } from './dispatcher.js';
import { ChunkSizer, checkChunkSize, itemCount, valuesPerItem } from './sizes.js';

export interface InProcessOptions {
  /** Items a chunk. By default chosen by the speed measured: see ChunkSizer. */
  chunkSize?: number;
}

/** What computes chunks: an engine pool, or a share of one. */
export type ChunkPool = Pick<EnginePool, 'threads' | 'places' | 'run' | 'close'>;

/** A work under way. */
interface Job {
  work: Work;
  items: number;
  /** Items that were handed out, and items whose values are in. */
  given: number;
  done: number;
  values: Float32Array;
  busyMs: number;
  engines: Set<string>;
  resolve(result: Evaluated): void;
  reject(reason: unknown): void;
  /** Lets go of the signal. */
  settled(): void;
}

/** Owns its pool: close() closes both. Rejects with what the pool rejects with (EngineError). */
export class InProcessDispatcher implements Dispatcher {
  readonly slots: number;
  readonly #pool: ChunkPool;
  readonly #sizer: ChunkSizer;
  readonly #chunkSize: number | undefined;
  /** In the order given; the first that has items left is served. */
  #jobs: Job[] = [];
  #free: number;
  #busyMs = 0;
  #closed = false;

  constructor(pool: ChunkPool, options: InProcessOptions = {}) {
    const { chunkSize } = options;
    checkChunkSize(chunkSize);
    this.#pool = pool;
    this.slots = pool.threads;
    this.#free = pool.places;
    this.#sizer = new ChunkSizer(pool.threads);
    this.#chunkSize = chunkSize;
  }

  get busyMs(): number {
    return this.#busyMs;
  }

  evaluate(work: Work, signal?: AbortSignal): Promise<Evaluated> {
    if (this.#closed) return Promise.reject(new Error('dispatcher is closed'));
    if (signal?.aborted) return Promise.reject(signal.reason);
    const items = itemCount(work);
    return new Promise<Evaluated>((resolve, reject) => {
      const values = new Float32Array(items * valuesPerItem(work));
      const job: Job = { work, items, given: 0, done: 0, values, busyMs: 0, engines: new Set(), resolve, reject, settled: () => {} };
      job.settled = onAbort(signal, (reason) => this.#fail(job, reason));
      this.#jobs.push(job);
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#jobs) this.#fail(job, new Error('dispatcher is closed'));
    await this.#pool.close();
  }

  /** Fills the threads' places with chunks, as long as there are any. */
  #pump(): void {
    while (this.#free > 0) {
      const job = this.#jobs.find((j) => j.given < j.items);
      if (job === undefined) return;
      const first = job.given;
      const left = job.items - first;
      const count = Math.min(left, this.#chunkSize ?? this.#sizer.next(job.work, left));
      job.given += count;
      this.#free--;
      this.#pool
        .run({ work: job.work, first, count })
        .then(
          (result) => this.#take(job, first, count, result),
          (error) => this.#fail(job, error),
        )
        .finally(() => {
          this.#free++;
          this.#pump();
        });
    }
  }

  #take(job: Job, first: number, count: number, { values, busyMs, engine }: ChunkResult): void {
    this.#busyMs += busyMs;
    this.#sizer.measured(job.work, count, busyMs);
    job.values.set(values, first * valuesPerItem(job.work));
    job.busyMs += busyMs;
    if (engine !== undefined) job.engines.add(engine);
    job.done += count;
    if (job.done < job.items) return;
    this.#remove(job);
    job.resolve({ values: job.values, busyMs: job.busyMs, engines: [...job.engines].sort() });
  }

  /** Results of its chunks still under way go nowhere. */
  #fail(job: Job, reason: unknown): void {
    this.#remove(job);
    job.reject(reason);
  }

  #remove(job: Job): void {
    this.#jobs = this.#jobs.filter((j) => j !== job);
    job.settled();
  }
}
