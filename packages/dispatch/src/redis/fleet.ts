// The coordinator's half: one object a process, which carries the works of all its runs to whatever workers there are.
//
// BullMQ is disposable dispatch. What is to be done is known here, what was done is in the result hashes, and everything in Redis
// can be made again: a sweep looks after works that make no progress and puts back what is missing. Results come in as announced
// on a stream; the announcements may be lost, the sweep reads the results themselves.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { checkRedis } from './check.js';
import { closeRedis, openRedis } from './connect.js';
import { type Dealt, deal } from './deal.js';
import { type Carrier, RedisDispatcher, type RunOptions } from './dispatcher.js';
import { SupersededError } from './errors.js';
import { ownIdentity, refusal } from './identity.js';
import { DEFAULT_PREFIX, Keys, queueName } from './keys.js';
import { type Log, silent, throttled } from './log.js';
import { type Member, Registry, type WorkerBeat } from './registry.js';
import type { OpenChunk, RemoteWork } from './remote-work.js';
import { Scripts } from './scripts.js';
import { type SweepContext, sweepWork } from './sweep.js';
import { RENEW_MS, SWEEP_MS, type Timings, timings, WORK_TTL_SECONDS } from './timings.js';

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

/** A worker as a coordinator sees it. */
export type WorkerInfo = Member<WorkerBeat> & {
  /** Why it gets no chunks. */
  refused?: string;
};

/** Jobs of all coordinators by state. `waiting` includes those with a priority. */
export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
}

const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: true,
  removeOnFail: { age: 3600, count: 1000 },
} as const;

/** An error that time may heal is mentioned so often, ms. */
const REMIND_MS = 10_000;

export class RedisFleet implements Carrier {
  readonly session = randomBytes(6).toString('hex');
  readonly identity = ownIdentity();
  readonly keys: Keys;
  readonly announcements: string;
  readonly #redis: Redis;
  readonly #listener: Redis;
  readonly #queue: Queue;
  readonly #scripts: Scripts;
  readonly #workers: Registry<'workers'>;
  readonly #coordinators: Registry<'coordinators'>;
  readonly #name: string;
  readonly #startedAt = new Date().toISOString();
  readonly #times: Timings;
  readonly #log: Log;
  readonly #trouble: Log;
  readonly #dispatchers = new Set<RedisDispatcher>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #removals = new Set<Promise<unknown>>();
  readonly #refused = new Set<string>();
  #slots = 0;
  #awake = false;
  #pumping = false;
  #closed = false;

  private constructor(options: FleetOptions, redis: Redis, times: Timings, log: Log) {
    this.keys = new Keys(options.prefix ?? DEFAULT_PREFIX);
    this.announcements = this.keys.announcements(this.session);
    this.#name = options.name ?? hostname();
    this.#times = times;
    this.#log = log;
    this.#trouble = throttled(log, REMIND_MS);
    this.#redis = redis;
    this.#listener = openRedis(options.url, 'metaplast-coordinator-listener', times, silent);
    this.#scripts = new Scripts(redis);
    this.#queue = new Queue(queueName(this.identity), { connection: redis, prefix: this.keys.prefix, defaultJobOptions: JOB_OPTIONS });
    this.#queue.on('error', () => {}); // said by the connection
    this.#workers = new Registry(redis, this.keys, 'workers', times.heartbeatTtl);
    this.#coordinators = new Registry(redis, this.keys, 'coordinators', times.heartbeatTtl);
  }

  /** Waits until Redis is there; throws RedisSetupError when it cannot be used. */
  static async connect(options: FleetOptions): Promise<RedisFleet> {
    const { url, log = silent, signal } = options;
    const times = timings(options.lockMs);
    const redis = openRedis(url, 'metaplast-coordinator', times, log);
    const abort = (): void => redis.disconnect();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const { warnings } = await checkRedis(redis);
      for (const warning of warnings) log('warn', warning);
      const fleet = new RedisFleet(options, redis, times, log);
      await fleet.#lookAround();
      fleet.#every(times.heartbeat, () => fleet.#lookAround());
      fleet.#every(SWEEP_MS, () => fleet.#sweep());
      void fleet.#listen();
      return fleet;
    } catch (error) {
      redis.disconnect();
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** A dispatcher for one run; closing it leaves the fleet to others. */
  dispatcher(options: RunOptions): RedisDispatcher {
    const dispatcher = new RedisDispatcher(options, this);
    this.#dispatchers.add(dispatcher);
    return dispatcher;
  }

  /** Threads of all workers that may compute for this coordinator; 1 if there are none. */
  get slots(): number {
    return Math.max(1, this.#slots);
  }

  get kernel(): string {
    return this.identity.kernel;
  }

  /** Whether Redis can be reached at this moment. */
  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** All workers of the installation, those included that are refused. */
  async workers(): Promise<WorkerInfo[]> {
    return (await this.#workers.list()).map((worker) => {
      const refused = refusal(worker, this.identity);
      return refused === undefined ? worker : { ...worker, refused };
    });
  }

  async counts(): Promise<QueueCounts> {
    const counts = await this.#queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed');
    const { wait = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts;
    return { waiting: wait + prioritized, active, delayed, failed };
  }

  /** Closes all dispatchers and takes back what they gave out; what cannot be reached expires. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await Promise.all([...this.#dispatchers].map((dispatcher) => dispatcher.close()));
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#listener.disconnect();
    if (this.connected) {
      const goodbye = Promise.allSettled([
        ...this.#removals,
        this.#coordinators.leave(this.session),
        this.#redis.unlink(this.announcements),
      ]);
      await Promise.race([goodbye, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    }
    await this.#queue.close().catch(() => undefined);
    await closeRedis(this.#redis);
  }

  wake(): void {
    this.#awake = true;
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
    });
  }

  remove(work: RemoteWork): void {
    if (work.publishedAt === undefined || this.#closed) return;
    const { keys } = this;
    const jobs = [...work.open.values()].flatMap((open) => work.jobIds(open));
    // Without its keys a work is dead: whatever workers still have of it goes nowhere.
    const unlinked = this.#redis.unlink(keys.work(work.id), keys.results(work.id), keys.claims(work.id));
    const removal = Promise.allSettled([unlinked, ...jobs.map((id) => this.#queue.remove(id))]);
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
  }

  async recall(dispatcher: RedisDispatcher): Promise<void> {
    const recallOne = async (work: RemoteWork, open: OpenChunk): Promise<void> => {
      const removed = await Promise.all(work.jobIds(open).map((id) => this.#queue.remove(id)));
      if (removed[0] === 1 && !work.ended) work.takeBack(open);
    };
    const all = dispatcher.works.flatMap((work) => [...work.open.values()].map((open) => recallOne(work, open)));
    for (const outcome of await Promise.allSettled(all)) {
      if (outcome.status === 'rejected') this.#trouble('warn', `a waiting chunk could not be taken back: ${outcome.reason}`);
    }
  }

  leave(dispatcher: RedisDispatcher): void {
    this.#dispatchers.delete(dispatcher);
  }

  /** Gives out chunks as long as there is something to do and somebody to do it. */
  async #pump(): Promise<void> {
    while (this.#awake && !this.#closed) {
      this.#awake = false;
      const dealt = deal([...this.#dispatchers], this.slots);
      if (dealt.length > 0) await this.#attempt(() => this.#send(dealt));
    }
  }

  /** What is not sent because of an error is found missing by the sweep. */
  async #send(dealt: readonly Dealt[]): Promise<void> {
    for (const work of new Set(dealt.map((d) => d.work))) if (work.publishedAt === undefined) await this.#publish(work);
    await this.#add(dealt);
  }

  async #add(dealt: readonly Dealt[]): Promise<void> {
    const jobs = dealt
      .filter(({ work }) => !work.ended)
      .map(({ dispatcher, work, open }) => {
        const { id, data } = work.job(open);
        const opts = dispatcher.priority > 0 ? { jobId: id, priority: dispatcher.priority } : { jobId: id };
        return { name: work.work.kind, data, opts };
      });
    if (jobs.length > 0) await this.#queue.addBulk(jobs);
  }

  /** Puts a work into Redis or renews it. False if another coordinator has the run, in which case the work has failed. */
  async #publish(work: RemoteWork): Promise<void> {
    if (work.ended) return;
    const { keys } = this;
    const { head, theta, spec, specSha256 } = work.encoded;
    const { run, epoch } = work.origin;
    const places = {
      fence: keys.fence(run),
      work: keys.work(work.id),
      spec: keys.spec(specSha256),
      results: keys.results(work.id),
      claims: keys.claims(work.id),
    };
    work.publishedAt = performance.now();
    const published = await this.#scripts.publish(places, epoch, WORK_TTL_SECONDS, { head, theta, spec });
    if (!published && !work.ended)
      work.fail(new SupersededError(`another coordinator has started run ${run}: this one stops working on it`));
  }

  /** Takes results in as they are announced. */
  async #listen(): Promise<void> {
    let last = '0';
    while (!this.#closed) {
      try {
        const block = 1000 * this.#times.drainSeconds;
        const reply = await this.#listener.xread('COUNT', 1000, 'BLOCK', block, 'STREAMS', this.announcements, last);
        const entries = reply?.[0]?.[1] ?? [];
        last = entries.at(-1)?.[0] ?? last;
        const chunks = new Map<string, number[]>();
        for (const [, [work = '', chunk]] of entries) chunks.set(work, [...(chunks.get(work) ?? []), Number(chunk)]);
        await this.#attempt(() => this.#collect(chunks));
      } catch {
        // Said by the other connection; announcements that are lost are made up for by the sweep.
        if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  async #collect(chunks: ReadonlyMap<string, number[]>): Promise<void> {
    const all = [...this.#dispatchers].flatMap((dispatcher) => dispatcher.works.map((work) => ({ dispatcher, work })));
    const collectOne = async ({ dispatcher, work }: (typeof all)[number]): Promise<void> => {
      const announced = chunks.get(work.id);
      if (announced !== undefined) await this.#fetch(dispatcher, work, announced);
    };
    await Promise.all(all.map(collectOne));
    if (chunks.size > 0) this.wake();
  }

  /** Reads the results of chunks, as far as they are there. */
  async #fetch(dispatcher: RedisDispatcher, work: RemoteWork, chunks: readonly number[]): Promise<void> {
    const results = await this.#redis.hmgetBuffer(this.keys.results(work.id), ...chunks.map(String));
    try {
      results.forEach((bytes, i) => {
        if (bytes) dispatcher.put(work, chunks[i]!, bytes);
      });
    } catch (error) {
      work.fail(error);
    }
  }

  /** Looks after all works that have come no further since the last time. */
  async #sweep(): Promise<void> {
    const stuck = [...this.#dispatchers].some(({ works }) => works.some((work) => work.publishedAt !== undefined && !work.progress));
    const context: SweepContext = {
      redis: this.#redis,
      queue: this.#queue,
      keys: this.keys,
      idle: stuck && (await this.counts()).waiting === 0 ? this.slots : 0,
      log: this.#log,
      publish: (work) => this.#publish(work),
      fetch: (dispatcher, work, chunks) => this.#fetch(dispatcher, work, chunks),
      add: (dealt) => this.#add(dealt),
    };
    for (const dispatcher of this.#dispatchers) {
      for (const work of [...dispatcher.works]) {
        if (work.ended || work.publishedAt === undefined) continue;
        if (!work.progress) await sweepWork(context, dispatcher, work);
        else if (performance.now() - work.publishedAt > RENEW_MS) await this.#publish(work);
        work.progress = false;
      }
    }
    this.wake();
  }

  /** Says that this coordinator is there, and sees who else is. */
  async #lookAround(): Promise<void> {
    await this.#coordinators.beat(this.session, { name: this.#name, startedAt: this.#startedAt, ...this.identity });
    const workers = await this.workers();
    const able = workers.filter((worker) => worker.refused === undefined && worker.state === 'ready');
    const slots = able.reduce((sum, { threads }) => sum + threads, 0);
    if (slots !== this.#slots) this.#log('info', `${able.length} workers with ${slots} threads`, { workers: able.length, slots });
    else if (slots === 0 && [...this.#dispatchers].some((dispatcher) => dispatcher.works.length > 0)) {
      this.#trouble('warn', 'waiting for a worker: start one with "metaplast worker --redis URL"');
    }
    this.#slots = slots;
    for (const { id, name, refused } of workers) {
      if (refused === undefined || this.#refused.has(id)) continue;
      this.#refused.add(id);
      this.#log('warn', `worker ${name} is refused: ${refused}`, { worker: name });
    }
    this.wake();
  }

  /** Runs something again and again, but never twice at the same time. */
  #every(ms: number, body: () => Promise<void>): void {
    let running = false;
    const timer = setInterval(() => {
      if (running || this.#closed) return;
      running = true;
      void this.#attempt(body).finally(() => {
        running = false;
      });
    }, ms);
    this.#timers.push(timer);
  }

  /** Errors here are Redis's: out of memory, gone in the middle of a command. The next sweep tries again. */
  async #attempt(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (!this.#closed) this.#trouble('warn', `Redis: ${(error as Error).message}; trying again`);
    }
  }
}
