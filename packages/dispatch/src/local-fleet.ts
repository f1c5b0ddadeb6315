// This process's threads, shared by several runs: each has a dispatcher of its own, and a fair queue of chunks is before the pool.

import type { EnginePool } from '@metaplast/engine';
import type { Chunk, ChunkResult } from '@metaplast/protocol';
import type { Dispatcher } from './dispatcher.js';
import type { Fleet, RunOptions } from './fleet.js';
import { InProcessDispatcher } from './in-process.js';

/** A run's place in the queue. */
interface Lane {
  priority: number;
  /** Engine time that it had, ms; a lane that comes later starts with the least of those that are busy. */
  served: number;
  waiting: Ticket[];
  underWay: number;
}

interface Ticket {
  chunk: Chunk;
  resolve(result: ChunkResult): void;
  reject(reason: unknown): void;
}

/** Lower priority numbers go first; among equals the run that had the least engine time. Owns its pool. */
export class LocalFleet implements Fleet {
  readonly #pool: EnginePool;
  readonly #lanes = new Set<Lane>();
  #free: number;

  constructor(pool: EnginePool) {
    this.#pool = pool;
    this.#free = pool.places;
  }

  get slots(): number {
    return this.#pool.threads;
  }

  dispatcher({ priority = 0, chunkSize }: RunOptions): Dispatcher {
    const lane: Lane = { priority, served: 0, waiting: [], underWay: 0 };
    this.#lanes.add(lane);
    const share = {
      threads: this.#pool.threads,
      places: this.#pool.places,
      run: (chunk: Chunk) => this.#enqueue(lane, chunk),
      close: async () => {
        this.#lanes.delete(lane);
        for (const ticket of lane.waiting.splice(0)) ticket.reject(new Error('dispatcher is closed'));
      },
    };
    return new InProcessDispatcher(share, chunkSize === undefined ? {} : { chunkSize });
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) for (const ticket of lane.waiting.splice(0)) ticket.reject(new Error('fleet is closed'));
    await this.#pool.close();
  }

  #enqueue(lane: Lane, chunk: Chunk): Promise<ChunkResult> {
    return new Promise((resolve, reject) => {
      // A lane that was idle gets no credit for it: it begins where the least served of the busy lanes is.
      if (lane.waiting.length + lane.underWay === 0) {
        const busy = [...this.#lanes].filter((l) => l !== lane && l.waiting.length + l.underWay > 0);
        if (busy.length > 0) lane.served = Math.max(lane.served, Math.min(...busy.map(({ served }) => served)));
      }
      lane.waiting.push({ chunk, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#free > 0) {
      const lanes = [...this.#lanes].filter(({ waiting }) => waiting.length > 0);
      const [lane] = lanes.sort((a, b) => a.priority - b.priority || a.served - b.served);
      const ticket = lane?.waiting.shift();
      if (lane === undefined || ticket === undefined) return;
      this.#free--;
      lane.underWay++;
      this.#pool
        .run(ticket.chunk)
        .then(
          (result) => {
            lane.served += result.busyMs;
            ticket.resolve(result);
          },
          (error) => ticket.reject(error),
        )
        .finally(() => {
          lane.underWay--;
          this.#free++;
          this.#pump();
        });
    }
  }
}
