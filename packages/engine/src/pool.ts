// A pool of threads that evaluate chunks: piscina over worker_threads, an engine a thread.

import { availableParallelism } from 'node:os';
import type { Chunk, ChunkResult, EngineName } from '@metaplast/protocol';
import { Piscina } from 'piscina';
import { type ChosenEngine, chooseEngine, type EngineChoice } from './choose.js';
import { type Parcel, pack } from './parcel.js';
import { hasTfjs } from './tfjs/backend.js';

export interface EnginePoolOptions {
  /** Number of threads; by default one a core. */
  threads?: number;
  /** What computes; by default what $METAPLAST_ENGINE says, or auto. It does not change a result. */
  engine?: EngineChoice;
  /** The module that the threads run, as thread.ts (it is given parcels: see parcel.ts); by default that one. */
  thread?: URL;
}

/** A chunk could not be evaluated: the engine threw, or its thread died. The cause is the original error. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** The kernel that was asked for cannot be had, or there is none of that name. */
export class EngineSetupError extends Error {
  override readonly name = 'EngineSetupError';
}

/** Decides which kernel computes; throws EngineSetupError. */
export function requireEngine(choice?: EngineChoice): ChosenEngine {
  try {
    return chooseEngine(choice);
  } catch (cause) {
    throw new EngineSetupError(message(cause), { cause });
  }
}

/** Chunks that a thread may have at the same time: one that it computes, and the next, so that it need not wait for a busy event loop. */
const A_THREAD = 2;

/** Threads that are warm and wait for chunks. */
export class EnginePool {
  readonly threads: number;
  /** Chunks that can be with the threads at the same time. */
  readonly places: number;
  /** The kernel that its threads compute on, and why. */
  readonly engine: Pick<ChosenEngine, 'name' | 'why'>;
  /** What specs may ask of it. */
  readonly engines: readonly EngineName[];
  readonly #piscina: Piscina<Parcel | undefined, ChunkResult>;
  readonly #settings: { filename: string; workerData: unknown; recordTiming: false };
  readonly #closed = new AbortController();
  /** Ends when the last chunk that was tried again has been. */
  #triedAgain: Promise<unknown> = Promise.resolve();

  private constructor(threads: number, thread: URL, engine: ChosenEngine) {
    this.threads = threads;
    this.places = A_THREAD * threads;
    this.engine = engine;
    this.engines = hasTfjs() ? ['wasm', 'tfjs'] : ['wasm'];
    this.#settings = { filename: thread.href, workerData: engine.name, recordTiming: false }; // nobody reads its histograms
    this.#piscina = new Piscina({ ...this.#settings, minThreads: threads, maxThreads: threads, concurrentTasksPerWorker: A_THREAD });
    // A thread that dies while it has no chunk is replaced by piscina, and one that cannot start fails the next chunk.
    this.#piscina.on('error', () => {});
  }

  /** Starts and warms up the threads; throws EngineSetupError for a kernel that cannot be had, EngineError when they cannot start. */
  static async start(options: EnginePoolOptions = {}): Promise<EnginePool> {
    const { threads = availableParallelism(), thread = new URL('./thread.js', import.meta.url) } = options;
    if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`threads must be a positive integer, was ${threads}`);
    const engine = requireEngine(options.engine);
    if (engine.warning !== undefined) process.emitWarning(engine.warning, 'MetaplastWarning');
    const pool = new EnginePool(threads, thread, engine);
    try {
      await Promise.all(Array.from({ length: threads }, () => pool.#piscina.run(undefined, { name: 'warmUp' })));
    } catch (cause) {
      await pool.close();
      throw new EngineError(`engine threads cannot start: ${message(cause)}`, { cause });
    }
    return pool;
  }

  /**
   * Evaluates a chunk on a thread that is free, or the next to be so. One that fails is tried again alone, because a thread that dies
   * takes with it whatever else it was given. Rejects with EngineError.
   */
  async run(chunk: Chunk): Promise<ChunkResult> {
    if (this.#closing) throw new EngineError('engine pool is closed');
    try {
      return await this.#piscina.run(pack(chunk)).catch((error: unknown) => {
        if (this.#closing) throw error;
        return this.#again(chunk);
      });
    } catch (cause) {
      if (this.#closing) throw new EngineError('engine pool is closed', { cause });
      const items = `${chunk.first}..${chunk.first + chunk.count - 1}`;
      const { kind, generation } = chunk.work;
      throw new EngineError(`engine failed on items ${items} of ${kind} ${generation}: ${message(cause)}`, { cause });
    }
  }

  /** Stops all threads at once; chunks under way reject. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#piscina.destroy();
    await this.#triedAgain;
  }

  get #closing(): boolean {
    return this.#closed.signal.aborted;
  }

  /** In a thread of its own, one chunk after the other. */
  #again(chunk: Chunk): Promise<ChunkResult> {
    const result = this.#triedAgain.then(async () => {
      const own = new Piscina<Parcel, ChunkResult>({ ...this.#settings, minThreads: 1, maxThreads: 1 });
      own.on('error', () => {});
      try {
        return await own.run(pack(chunk), { signal: this.#closed.signal });
      } finally {
        await own.destroy();
      }
    });
    this.#triedAgain = result.catch(() => {});
    return result;
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
