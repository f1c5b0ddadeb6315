// The coordinator's half: one object a process, which carries the works of all its runs to whatever workers there are.
//
// BullMQ is disposable dispatch. What is to be done is known here, what was done is in the result hashes, and everything in Redis
// can be made again: a sweep looks after works that make no progress and puts back what is missing.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { onAbort, unlessAborted } from '../abort.js';
import type { Fleet, RunOptions } from '../fleet.js';
import { Again } from './again.js';
import { checkRedis } from './check.js';
import { closeRedis, openRedis } from './connect.js';
import { deal } from './deal.js';
import { type Carrier, RedisDispatcher } from './dispatcher.js';
import { ownIdentity } from './identity.js';
import { Inbox } from './inbox.js';
import { DEFAULT_PREFIX, Keys } from './keys.js';
import { type Log, silent, throttled } from './log.js';
import { Outbox } from './outbox.js';
import { Presence, type WorkerInfo } from './presence.js';
import { type QueueCounts, Queues } from './queues.js';
import type { RemoteWork } from './remote-work.js';
import { type SweepContext, sweepWork } from './sweep.js';
import { RENEW_MS, SWEEP_MS, type Timings, timings } from './timings.js';

export interface FleetOptions {
  /** redis:// or rediss://, with user, password and database number as needed. */
  url: string;
  /** Of all keys; installations that share a Redis have different ones. */
  prefix?: string;
  /** How workers call this coordinator. */
  name?: string;
  lockMs?: number;
  log?: Log;
  /** Ends waiting for Redis at the start. */
  signal?: AbortSignal;
}

/** An error that time may heal is mentioned so often, ms. */
const REMIND_MS = 10_000;
/** At the end what is left of the runs is taken out of Redis within this time, or expires, ms. */
const GOODBYE_MS = 2000;
const ABORTED = Symbol('aborted');

export class RedisFleet implements Fleet, Carrier {
  readonly session = randomBytes(6).toString('hex');
  readonly identity = ownIdentity();
  readonly keys: Keys;
  readonly announcements: string;
  readonly #redis: Redis;
  readonly #listener: Redis;
  readonly #queues: Queues;
  readonly #presence: Presence;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #again: Again;
  readonly #log: Log;
  readonly #trouble: Log;
  readonly #dispatchers = new Set<RedisDispatcher>();
  #works = 0;
  #awake = false;
  #pumping = false;

  private constructor(options: FleetOptions, redis: Redis, times: Timings, log: Log) {
    this.keys = new Keys(options.prefix ?? DEFAULT_PREFIX);
    this.announcements = this.keys.announcements(this.session);
    this.#log = log;
    this.#trouble = throttled(log, REMIND_MS);
    this.#again = new Again(this.#trouble);
    this.#redis = redis;
    this.#listener = openRedis(options.url, 'metaplast-coordinator-listener', times, silent);
    this.#queues = new Queues(redis, this.keys.prefix, this.identity);
    const { session, identity, announcements } = this;
    const self = { session, identity, announcements, name: options.name ?? hostname() };
    this.#presence = new Presence(redis, this.keys, self, times.heartbeatTtl, log);
    this.#inbox = new Inbox(redis, this.keys, this.#dispatchers);
    this.#outbox = new Outbox(redis, this.#queues, this.keys);
  }

  /** Waits until Redis is there; throws RedisSetupError when it cannot be used. */
  static async connect(options: FleetOptions): Promise<RedisFleet> {
    const { url, log = silent, signal = new AbortController().signal } = options;
    signal.throwIfAborted();
    const times = timings(options.lockMs);
    const redis = openRedis(url, 'metaplast-coordinator', times, log);
    const begin = async (): Promise<RedisFleet> => {
      const { warnings } = await checkRedis(redis);
      signal.throwIfAborted();
      for (const warning of warnings) log('warn', warning);
      const fleet = new RedisFleet(options, redis, times, log);
      const begun = onAbort(signal, () => fleet.#end());
      await fleet.#begin(times);
      begun();
      return fleet;
    };
    try {
      // Disconnecting would not end it: a command that waits for a connection then waits for ever.
      const fleet = await unlessAborted(signal, begin(), ABORTED);
      if (fleet === ABORTED) throw signal.reason;
      return fleet;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  }

  /** A dispatcher for one run; closing it leaves the fleet to others. */
  dispatcher(options: RunOptions): RedisDispatcher {
    const dispatcher = new RedisDispatcher(options, this);
    this.#dispatchers.add(dispatcher);
    return dispatcher;
  }

  /** Threads of all workers that may compute for this coordinator. */
  get threads(): number {
    return this.#presence.slots;
  }

  /** For how many threads to cut chunks: with no worker there, for the one that may come. */
  get slots(): number {
    return Math.max(1, this.threads);
  }

  nextWork(): number {
    return this.#works++;
  }

  get kernel(): string {
    return this.identity.kernel;
  }

  /** Whether Redis can be reached at this moment. */
  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** All workers of the installation, those included that are refused. */
  workers(): Promise<WorkerInfo[]> {
    return this.#presence.workers();
  }

  counts(): Promise<QueueCounts> {
    return this.#queues.counts();
  }

  /** BullMQ's own metrics of the queues, Prometheus text. */
  queueMetrics(): Promise<string> {
    return this.#queues.metrics();
  }

  /** Closes all dispatchers and takes back what they gave out; what cannot be reached expires. */
  async close(): Promise<void> {
    if (this.#again.stopped) return;
    await Promise.all([...this.#dispatchers].map((dispatcher) => dispatcher.close()));
    this.#end();
    if (this.connected) {
      const goodbye = Promise.allSettled([this.#outbox.settled(), this.#presence.leave()]);
      await Promise.race([goodbye, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
    }
    await this.#queues.close();
    await closeRedis(this.#redis);
  }

  wake(): void {
    this.#awake = true;
    if (this.#pumping || this.#again.stopped) return;
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
      if (this.#awake) this.wake(); // it was woken after its last look
    });
  }

  remove(work: RemoteWork): void {
    if (!this.#again.stopped) this.#outbox.remove(work);
  }

  leave(dispatcher: RedisDispatcher): void {
    this.#dispatchers.delete(dispatcher);
  }

  async #begin({ heartbeat, drainSeconds }: Timings): Promise<void> {
    await this.#again.attempt(() => this.#lookAround());
    this.#again.every(heartbeat, () => this.#lookAround());
    this.#again.every(SWEEP_MS, () => this.#sweep());
    void this.#inbox.listen(this.#listener, this.announcements, 1000 * drainSeconds, this.#again, () => this.wake());
  }

  #end(): void {
    this.#again.stop();
    this.#listener.disconnect();
  }

  /** Gives out chunks as long as there is something to do and somebody to do it. */
  async #pump(): Promise<void> {
    while (this.#awake && !this.#again.stopped) {
      this.#awake = false;
      const dealt = deal([...this.#dispatchers], this.slots, (engine) => this.#presence.has(engine));
      if (dealt.length > 0) await this.#again.attempt(() => this.#outbox.send(dealt));
    }
  }

  async #lookAround(): Promise<void> {
    await this.#presence.beat();
    const needed = new Set([...this.#dispatchers].flatMap(({ works }) => works.map(({ work }) => work.spec.engine)));
    if (needed.size > 0 && this.threads === 0) {
      this.#trouble('warn', 'waiting for a worker: start one with "metaplast worker --redis URL"');
    }
    for (const engine of needed) this.#presence.missEngine(engine, this.#trouble);
    this.wake();
  }

  /** Looks after all works that have come no further since the last time. */
  async #sweep(): Promise<void> {
    const stuck = [...this.#dispatchers].some(({ works }) => works.some((work) => work.publishedAt !== undefined && !work.progress));
    const context: SweepContext = {
      redis: this.#redis,
      queues: this.#queues,
      keys: this.keys,
      idle: stuck && (await this.counts()).waiting === 0 ? this.slots : 0,
      log: this.#log,
      inbox: this.#inbox,
      outbox: this.#outbox,
      alive: (ids) => this.#presence.alive(ids),
    };
    for (const dispatcher of this.#dispatchers) {
      for (const work of [...dispatcher.works]) {
        if (work.ended || work.publishedAt === undefined) continue;
        if (!work.progress) await sweepWork(context, dispatcher, work);
        else if (performance.now() - work.publishedAt > RENEW_MS) await this.#outbox.publish(work);
        work.progress = false;
      }
    }
    this.wake();
  }
}
