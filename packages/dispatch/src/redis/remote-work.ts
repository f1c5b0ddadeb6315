// One work on its way through Redis, as the coordinator sees it: which items were given out as which chunks, and what is in.
// No I/O; the fleet moves it along.

import type { ChunkPlace, ChunkResult, Work } from '@metaplast/protocol';
import type { Evaluated } from '../dispatcher.js';
import { itemCount, valuesPerItem } from '../sizes.js';
import { PROTOCOL_VERSION } from './identity.js';
import { jobId, workId } from './keys.js';
import { decodeResult, type EncodedWork, encodeWork, type JobData } from './wire.js';

/** A chunk that was given out and is not in yet. */
export interface OpenChunk {
  chunk: number;
  first: number;
  count: number;
  /** When it was first given out, on performance.now(). */
  at: number;
  /** Given out again so many times because it took long. */
  copies: number;
  /** A worker may have begun it before. */
  again: boolean;
}

/** Where a work belongs. */
export interface Origin {
  run: string;
  epoch: number;
  session: string;
  number: number;
}

export class RemoteWork {
  readonly id: string;
  readonly work: Work;
  readonly origin: Origin;
  readonly encoded: EncodedWork;
  /** Settles when all items are in, or with fail(). */
  readonly evaluated: Promise<Evaluated>;
  /** Chunks given out and not in, by number. */
  readonly open = new Map<number, OpenChunk>();
  /** Items of those. */
  openItems = 0;
  readonly #items: number;
  readonly #values: Float32Array;
  #given = 0;
  #chunks = 0;
  #done = 0;
  #busyMs = 0;
  readonly #engines = new Set<string>();
  #resolve!: (evaluated: Evaluated) => void;
  #reject!: (reason: unknown) => void;
  ended = false;
  /** Whether its keys are in Redis, as far as is known, and when they were put there. */
  publishedAt: number | undefined;
  /** A result has come in since the last sweep. */
  progress = false;

  constructor(work: Work, origin: Origin, kernel: string, announcements: string) {
    this.work = work;
    this.origin = origin;
    this.id = workId(origin.run, origin.epoch, origin.session, origin.number);
    this.encoded = encodeWork(work, kernel, announcements);
    this.#items = itemCount(work);
    this.#values = new Float32Array(this.#items * valuesPerItem(work));
    this.evaluated = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Items that are still to be given out. */
  get left(): number {
    return this.#items - this.#given;
  }

  /** Cuts the next chunk, of about `count` items. */
  next(count: number): OpenChunk {
    const first = this.#given;
    const open: OpenChunk = {
      chunk: this.#chunks++,
      first,
      count: Math.min(count, this.#items - first),
      at: performance.now(),
      copies: 0,
      again: false,
    };
    this.#given += open.count;
    this.open.set(open.chunk, open);
    this.openItems += open.count;
    return open;
  }

  /** Takes a chunk's result; undefined if there is one already. Throws ProtocolError. */
  put(chunk: number, bytes: Buffer): { count: number; result: ChunkResult } | undefined {
    const open = this.open.get(chunk);
    if (open === undefined || this.ended) return undefined;
    const each = valuesPerItem(this.work);
    const result = decodeResult(bytes, open.count * each);
    this.open.delete(chunk);
    this.openItems -= open.count;
    this.#values.set(result.values, open.first * each);
    this.#busyMs += result.busyMs;
    if (result.engine !== undefined) this.#engines.add(result.engine);
    this.#done += open.count;
    this.progress = true;
    if (this.#done === this.#items) {
      this.ended = true;
      this.#resolve({ values: this.#values, busyMs: this.#busyMs, engines: [...this.#engines].sort() });
    }
    return { count: open.count, result };
  }

  fail(reason: unknown): void {
    this.ended = true;
    this.#reject(reason);
  }

  job(open: OpenChunk): { id: string; data: JobData } {
    const { run, epoch } = this.origin;
    const { chunk, first, count, copies, again } = open;
    const data = { version: PROTOCOL_VERSION, run, epoch, work: this.id, chunk, first, count, ...(again && { again }) } as const;
    return { id: jobId(this.id, chunk, copies), data };
  }

  /** Ids of all jobs that a chunk has had. */
  jobIds({ chunk, copies }: OpenChunk): string[] {
    return Array.from({ length: copies + 1 }, (_, copy) => jobId(this.id, chunk, copy));
  }

  place({ chunk, first, count }: OpenChunk): ChunkPlace {
    const { kind, generation } = this.work;
    return { run: this.origin.run, kind, generation, chunk, first, count };
  }
}
