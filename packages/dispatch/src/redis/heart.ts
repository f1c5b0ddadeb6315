// A worker's heartbeat: says that it is there, what it does and how fast, and looks whether any coordinator refuses it.

import type { Redis } from 'ioredis';
import { refusal } from './identity.js';
import type { Keys } from './keys.js';
import type { Log } from './log.js';
import { Registry, type WorkerBeat } from './registry.js';
import type { Timings } from './timings.js';

/** How fast the measured speed follows, per heartbeat. */
const NEWEST = 0.4;

/** What a worker says of itself; the heart knows the rest. */
export type WorkerState = Omit<WorkerBeat, 'trainingsPerSecond' | 'startedAt'>;

export interface HeartOptions {
  redis: Redis;
  keys: Keys;
  id: string;
  times: Timings;
  state: () => WorkerState;
  /** Told of trouble; not too often. */
  trouble: Log;
}

export class Heart {
  readonly #options: HeartOptions;
  readonly #workers: Registry<'workers'>;
  readonly #coordinators: Registry<'coordinators'>;
  readonly #startedAt = new Date().toISOString();
  readonly #timer: NodeJS.Timeout;
  #beating = false;
  #beatAt = performance.now();
  #trainings = 0;
  #trainingsPerSecond = 0;
  #measuredAt = performance.now();

  constructor(options: HeartOptions) {
    const { redis, keys, times } = options;
    this.#options = options;
    this.#workers = new Registry(redis, keys, 'workers', times.heartbeatTtl);
    this.#coordinators = new Registry(redis, keys, 'coordinators', times.heartbeatTtl);
    this.#timer = setInterval(() => void this.beat(), times.heartbeat);
  }

  /** Time since Redis took a heartbeat, ms. */
  get silentMs(): number {
    return performance.now() - this.#beatAt;
  }

  /** Counts inner trainings that were done. */
  count(trainings: number): void {
    this.#trainings += trainings;
  }

  async beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { id, state, trouble } = this.#options;
    const own = state();
    try {
      this.#measure();
      await this.#workers.beat(id, { ...own, trainingsPerSecond: Math.round(this.#trainingsPerSecond), startedAt: this.#startedAt });
      this.#beatAt = performance.now();
      for (const coordinator of await this.#coordinators.list()) {
        const refused = refusal(own, coordinator);
        if (refused === undefined) continue;
        trouble('warn', `coordinator ${coordinator.name} refuses this worker: ${refused}`, { coordinator: coordinator.name });
      }
    } catch (error) {
      if (own.state !== 'stopping') trouble('warn', `Redis: ${(error as Error).message}; trying again`);
    } finally {
      this.#beating = false;
    }
  }

  /** No more beats; says goodbye if Redis is there. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#options.redis.status === 'ready') await this.#workers.leave(this.#options.id).catch(() => undefined);
  }

  #measure(): void {
    const now = performance.now();
    const seconds = (now - this.#measuredAt) / 1000;
    if (seconds > 0.1) this.#trainingsPerSecond += NEWEST * (this.#trainings / seconds - this.#trainingsPerSecond);
    this.#trainings = 0;
    this.#measuredAt = now;
  }
}
