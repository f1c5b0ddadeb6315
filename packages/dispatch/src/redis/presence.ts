// Who is there: this coordinator says that it is, and sees the workers, those included that may not work for it.

import type { EngineName } from '@metaplast/protocol';
import type { Redis } from 'ioredis';
import { type Identity, refusal } from './identity.js';
import type { Keys } from './keys.js';
import type { Log } from './log.js';
import { type Member, Registry, type WorkerBeat } from './registry.js';
import { ANNOUNCEMENTS_TTL_SECONDS } from './timings.js';

/** A worker as a coordinator sees it. */
export type WorkerInfo = Member<WorkerBeat> & {
  /** Why it gets no chunks. */
  refused?: string;
};

/** A coordinator to its workers. */
interface Self {
  session: string;
  name: string;
  identity: Identity;
  /** Its stream. */
  announcements: string;
}

export class Presence {
  readonly #redis: Redis;
  readonly #self: Self;
  readonly #workers: Registry<'workers'>;
  readonly #coordinators: Registry<'coordinators'>;
  readonly #log: Log;
  readonly #startedAt = new Date().toISOString();
  readonly #refused = new Set<string>();
  #slots = 0;
  #able: readonly WorkerInfo[] = [];

  constructor(redis: Redis, keys: Keys, self: Self, ttlMs: number, log: Log) {
    this.#redis = redis;
    this.#self = self;
    this.#workers = new Registry(redis, keys, 'workers', ttlMs);
    this.#coordinators = new Registry(redis, keys, 'coordinators', ttlMs);
    this.#log = log;
  }

  /** Threads of all workers that may compute, when they were looked at last. */
  get slots(): number {
    return this.#slots;
  }

  /** Whether any worker that may compute has an engine. */
  has(engine: EngineName): boolean {
    return this.#able.some(({ engines }) => engines.includes(engine));
  }

  async workers(): Promise<WorkerInfo[]> {
    return (await this.#workers.list()).map((worker) => {
      const refused = refusal(worker, this.#self.identity);
      return refused === undefined ? worker : { ...worker, refused };
    });
  }

  /** Those of some workers, by id, that have been heard of within the lock time. */
  alive(ids: readonly string[]): Promise<Set<string>> {
    return this.#workers.alive(ids);
  }

  /** A heartbeat, and a look at the workers. */
  async beat(): Promise<void> {
    const { session, name, identity, announcements } = this.#self;
    await this.#coordinators.beat(session, { name, startedAt: this.#startedAt, ...identity });
    // Made here, so that no stream outlives its coordinator for long.
    const there = await this.#redis.expire(announcements, ANNOUNCEMENTS_TTL_SECONDS);
    if (there === 0) await this.#redis.multi().xadd(announcements, '*', 'made', '').expire(announcements, ANNOUNCEMENTS_TTL_SECONDS).exec();
    const workers = await this.workers();
    const able = workers.filter((worker) => worker.refused === undefined && worker.state === 'ready');
    const slots = able.reduce((sum, { threads }) => sum + threads, 0);
    if (slots !== this.#slots) this.#log('info', `${able.length} workers with ${slots} threads`, { workers: able.length, slots });
    this.#slots = slots;
    this.#able = able;
    for (const worker of workers) if (worker.refused !== undefined) this.#sayOnce(worker.id, worker.name, `is refused: ${worker.refused}`);
  }

  /** Says, of a work's engine, which workers get no chunks of it, and through `trouble` when nobody does. */
  missEngine(engine: EngineName, trouble: Log): void {
    const without = this.#able.filter(({ engines }) => !engines.includes(engine));
    for (const { id, name, engines } of without) {
      this.#sayOnce(`${id} ${engine}`, name, `gets no chunks of runs with engine ${engine}: it has ${engines.join(', ')} only`);
    }
    if (without.length > 0 && without.length === this.#able.length) {
      trouble('warn', `waiting for a worker that has engine ${engine}: install it on one with "npm install --include=optional"`);
    }
  }

  async leave(): Promise<void> {
    await Promise.all([this.#coordinators.leave(this.#self.session), this.#redis.unlink(this.#self.announcements)]);
  }

  #sayOnce(what: string, name: string, refused: string): void {
    if (this.#refused.has(what)) return;
    this.#refused.add(what);
    this.#log('warn', `worker ${name} ${refused}`, { worker: name });
  }
}
