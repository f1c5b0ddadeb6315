// The dispatcher of one run over Redis: a view of the fleet that knows whose works these are.

import type { EngineName, Work } from '@metaplast/protocol';
import { onAbort } from '../abort.js';
import type { Dispatcher, Evaluated } from '../dispatcher.js';
import type { RunOptions } from '../fleet.js';
import { ChunkSizer, checkChunkSize } from '../sizes.js';
import { type OpenChunk, RemoteWork } from './remote-work.js';

/** Chunk times over Redis, ms: long against a message through Redis, short against a generation and a worker's grace period. */
const OVER_REDIS = { longest: 750, shortest: 12 };

/** What a chunk costs its worker beyond computing, ms. */
const MESSAGE_MS = 1;

/** What the fleet does for its dispatchers. */
export interface Carrier {
  readonly slots: number;
  readonly session: string;
  readonly kernel: string;
  readonly announcements: string;
  /** Numbers the works of all runs, so that no two have the same id. */
  nextWork(): number;
  /** There is something new to give out. */
  wake(): void;
  /** Takes a work that has ended out of Redis. */
  remove(work: RemoteWork): void;
  leave(dispatcher: RedisDispatcher): void;
}

/**
 * Made by RedisFleet.dispatcher(). Works are served in the order given. evaluate() rejects with ChunkFailedError when a chunk
 * cannot be computed, SupersededError when another coordinator has started the run, ProtocolError when a result makes no sense,
 * or the signal's reason; while Redis is away it waits.
 */
export class RedisDispatcher implements Dispatcher {
  readonly run: string;
  readonly epoch: number;
  readonly priority: number;
  readonly sizer: ChunkSizer;
  readonly #chunkSize: number | undefined;
  /** In the order given. */
  readonly works: RemoteWork[] = [];
  readonly #carrier: Carrier;
  #busyMs = 0;
  #closed = false;

  constructor({ run, epoch, priority = 0, chunkSize }: RunOptions, carrier: Carrier) {
    checkChunkSize(chunkSize);
    this.run = run;
    this.epoch = epoch;
    this.priority = priority;
    this.sizer = new ChunkSizer(carrier.slots, OVER_REDIS);
    this.#chunkSize = chunkSize;
    this.#carrier = carrier;
  }

  get slots(): number {
    return this.#carrier.slots;
  }

  get busyMs(): number {
    return this.#busyMs;
  }

  async evaluate(work: Work, signal?: AbortSignal): Promise<Evaluated> {
    if (this.#closed) throw new Error('dispatcher is closed');
    signal?.throwIfAborted();
    const { session, kernel, announcements } = this.#carrier;
    const origin = { run: this.run, epoch: this.epoch, session, number: this.#carrier.nextWork() };
    const remote = new RemoteWork(work, origin, kernel, announcements);
    const settled = onAbort(signal, (reason) => remote.fail(reason));
    this.works.push(remote);
    this.#carrier.wake();
    try {
      return await remote.evaluated;
    } finally {
      settled();
      this.works.splice(this.works.indexOf(remote), 1);
      this.#carrier.remove(remote);
      this.#carrier.wake();
    }
  }

  /** What the works of this run are computed by; undefined without one. */
  get engine(): EngineName | undefined {
    return this.works[0]?.work.spec.engine;
  }

  /** Chunks given out and not in. */
  get outstanding(): number {
    return this.works.reduce((sum, { open }) => sum + open.size, 0);
  }

  /** The time that those should take one after the other, ms; a message takes time as well. */
  get outstandingMs(): number {
    return this.works.reduce((sum, { work, open, openItems }) => sum + MESSAGE_MS * open.size + this.sizer.itemMs(work) * openItems, 0);
  }

  /** The work to cut the next chunk of. */
  get hungry(): RemoteWork | undefined {
    return this.works.find((work) => !work.ended && work.left > 0);
  }

  /** Cuts the next chunk of a work for one of `slots` slots. */
  cut(work: RemoteWork, slots: number): OpenChunk {
    this.sizer.slots = Math.max(1, slots);
    return work.next(this.#chunkSize ?? this.sizer.next(work.work, work.left));
  }

  /** Takes a result that came in. Throws ProtocolError. */
  put(work: RemoteWork, chunk: number, bytes: Buffer): void {
    const taken = work.put(chunk, bytes);
    if (taken === undefined) return;
    this.#busyMs += taken.result.busyMs;
    this.sizer.measured(work.work, taken.count, taken.result.busyMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const work of this.works) work.fail(new Error('dispatcher is closed'));
    this.#carrier.leave(this);
  }
}
