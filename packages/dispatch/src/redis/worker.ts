// The worker's half: takes chunks from BullMQ, has the pool compute them, and delivers each result with one script call.
//
// Only what the engine throws counts against a chunk. Trouble with Redis is waited out, and a chunk that cannot be finished in time
// at the end goes back to the queue. One that was given out before is claimed first: it may be done meanwhile, or kill its workers.

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnginePool } from '@metaplast/engine';
import type { ChunkPlace, ChunkResult } from '@metaplast/protocol';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { unlessAborted } from '../abort.js';
import { trainingsPerItem } from '../sizes.js';
import { checkRedis } from './check.js';
import { closeRedis, openRedis } from './connect.js';
import { isBug, ProtocolError } from './errors.js';
import { Gate, Turn } from './gate.js';
import { Heart, type WorkerState } from './heart.js';
import { type Identity, ownIdentity } from './identity.js';
import { DEFAULT_PREFIX, Keys, queueName } from './keys.js';
import { type Log, silent, throttled } from './log.js';
import { memberId } from './registry.js';
import { type Claim, Scripts } from './scripts.js';
import { MAX_STALLED, type Timings, timings } from './timings.js';
import { decodeJob, encodeResult, type JobData } from './wire.js';
import { type KnownWork, WorkCache } from './work-cache.js';

export interface RedisWorkerOptions {
  url: string;
  /** Computes the chunks; stays the caller's. */
  pool: Pick<EnginePool, 'threads' | 'run' | 'engines'>;
  prefix?: string;
  /** How people call this worker; by default the host's name. */
  name?: string;
  /** Version of the program, for the list of workers. */
  version?: string;
  lockMs?: number;
  log?: Log;
  /** What this worker says it is; by default the truth. */
  identity?: Identity;
}

/** Chunks that a worker has beyond those that its threads compute. */
const AHEAD = 1;
const REMIND_MS = 10_000;
/** Between attempts to reach Redis with a result, ms. */
const AGAIN_MS = 500;
/** For handing a job back, ms. */
const HAND_BACK_MS = 1000;
const OUT_OF_TIME = Symbol('out of time');

export class RedisWorker {
  readonly id: string;
  readonly name: string;
  readonly #options: RedisWorkerOptions;
  readonly #identity: Identity;
  readonly #log: Log;
  readonly #trouble: Log;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #scripts: Scripts;
  readonly #works: WorkCache;
  /** One an engine. */
  readonly #takers: readonly Worker[];
  /** A place a thread, and one more: a thread has its next chunk before it ends one. */
  readonly #gate: Gate;
  readonly #heart: Heart;
  readonly #chunks = new Set<ChunkPlace>();
  /** Aborted when there is no time left to finish anything. */
  readonly #time = new AbortController();
  #stopping = false;

  private constructor(options: RedisWorkerOptions, redis: Redis, times: Timings, log: Log) {
    const { prefix = DEFAULT_PREFIX, name = hostname(), pool } = options;
    this.#options = options;
    this.#identity = options.identity ?? ownIdentity();
    this.name = name;
    this.id = memberId(name);
    this.#log = log;
    this.#trouble = throttled(log, REMIND_MS);
    this.#redis = redis;
    this.#keys = new Keys(prefix);
    this.#scripts = new Scripts(redis);
    this.#works = new WorkCache(redis, this.#keys, this.#identity.kernel);
    this.#gate = new Gate(pool.threads + AHEAD);
    this.#takers = pool.engines.map((engine) => this.#taker(queueName(this.#identity, engine), prefix, times));
    this.#heart = new Heart({ redis, keys: this.#keys, id: this.id, times, state: () => this.#state(), trouble: this.#trouble });
  }

  /** Takes jobs from a queue, and hands them to #process(). */
  #taker(queue: string, prefix: string, times: Timings): Worker {
    const taker = new Worker(queue, (job: Job, token?: string) => this.#process(job, token), {
      connection: this.#redis,
      prefix,
      name: this.id,
      concurrency: this.#options.pool.threads + AHEAD,
      lockDuration: times.lock,
      stalledInterval: times.stalled,
      maxStalledCount: MAX_STALLED,
      drainDelay: times.drainSeconds,
      runRetryDelay: 1000,
      // Without it BullMQ's counters of finished jobs, which /metrics shows, stay at 0.
      metrics: { maxDataPoints: 1 },
    });
    // Normal after a stall ("Missing lock") or FLUSHALL ("Missing key"); a lost connection is said by the connection.
    taker.on('error', (error) => this.#log('debug', error.message));
    taker.on('stalled', (job) => this.#log('warn', `chunk ${job} goes to another worker: the one that had it fell silent`, { job }));
    return taker;
  }

  /** Waits until Redis is there, and begins to take chunks. Throws RedisSetupError when it cannot be used. */
  static async start(options: RedisWorkerOptions): Promise<RedisWorker> {
    const { url, log = silent } = options;
    const times = timings(options.lockMs);
    const redis = openRedis(url, 'metaplast-worker', times, log);
    try {
      const { warnings } = await checkRedis(redis);
      for (const warning of warnings) log('warn', warning);
      const worker = new RedisWorker(options, redis, times, log);
      await worker.#heart.beat();
      return worker;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  }

  /** Chunks that this worker has at the moment. */
  get chunks(): readonly ChunkPlace[] {
    return [...this.#chunks];
  }

  /** Whether Redis can be reached at this moment. */
  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Time since Redis took a heartbeat, ms. */
  get silentMs(): number {
    return this.#heart.silentMs;
  }

  /** Takes no more chunks, finishes those it has within the grace period, hands the rest back, and says goodbye. */
  async close(graceMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    void this.#heart.beat();
    this.#gate.close();
    const timer = setTimeout(() => this.#time.abort(), graceMs);
    const closed = Promise.all(this.#takers.map((taker) => taker.close()));
    // Without Redis it never is: BullMQ waits for a connection to end that is not there.
    await unlessAborted(this.#time.signal, closed, undefined);
    if (this.#time.signal.aborted) await Promise.race([closed, sleep(2 * HAND_BACK_MS)]);
    clearTimeout(timer);
    await this.#heart.stop(); // not before: whoever still computes is alive
    await closeRedis(this.#redis);
  }

  /** One job. What it throws counts as a failed attempt. */
  async #process(job: Job, token: string | undefined): Promise<void> {
    const data = this.#decode(job);
    const turn = new Turn(this.#gate);
    try {
      if (!(await turn.take())) return await this.#handBack(job, token);
      let claim = wasBegun(job, data) ? await this.#claim(data, false) : await this.#known(data);
      if (claim === 'suspect') {
        this.#log('warn', `job ${job.id} was begun by workers that never ended it: computing it alone`, { job: job.id });
        if (!(await turn.takeAll())) return await this.#handBack(job, token);
        claim = await this.#claim(data, true);
      }
      if (typeof claim === 'string') return this.#log('debug', `chunk is not to be computed: ${claim}`, { ...data });
      await this.#chunk(job, token, data, claim, turn);
    } finally {
      turn.end();
    }
  }

  async #chunk(job: Job, token: string | undefined, data: JobData, known: KnownWork, turn: Turn): Promise<void> {
    const { run, chunk, first, count } = data;
    const { kind, generation } = known.work;
    const fields = { run, chunk, first, count, worker: this.name, kind, generation };
    const underWay = { run, kind, generation, chunk, first, count };
    this.#chunks.add(underWay);
    try {
      const result = await this.#compute(job, token, known, data);
      turn.end(); // the thread is free for the next chunk while the result is still on its way
      const delivery = await this.#deliver(data, known, result);
      this.#heart.count(count * trainingsPerItem(known.work));
      this.#log('debug', `chunk ${delivery}`, { ...fields, busyMs: result.busyMs });
    } catch (error) {
      // Arrives before BullMQ's own command, on the same connection; not awaited, because Redis may be away.
      this.#scripts.release(this.#keys.claims(data.work), chunk, this.id).catch(() => {});
      if (!(error instanceof WaitingError)) this.#log('error', `chunk failed: ${(error as Error).message}`, fields);
      throw error;
    } finally {
      this.#chunks.delete(underWay);
    }
  }

  #decode(job: Job): JobData {
    try {
      return decodeJob(job.data);
    } catch (error) {
      this.#log('error', `job ${job.id} is refused: ${(error as Error).message}`);
      throw new UnrecoverableError((error as Error).message);
    }
  }

  /** The work of a chunk that is to be computed, or why it is not. */
  async #claim(data: JobData, alone: boolean): Promise<KnownWork | Exclude<Claim, 'go'>> {
    const { run, epoch, work, chunk } = data;
    const keys = this.#keys;
    const places = { fence: keys.fence(run), work: keys.work(work), results: keys.results(work), claims: keys.claims(work) };
    const claim = await this.#untilReached(() => this.#scripts.claim(places, epoch, chunk, this.id, alone));
    return claim === 'go' ? await this.#known(data) : claim;
  }

  async #known({ work }: JobData): Promise<KnownWork | 'gone'> {
    try {
      return await this.#untilReached(async () => (await this.#works.get(work)) ?? 'gone');
    } catch (error) {
      if (error instanceof ProtocolError) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  async #compute(job: Job, token: string | undefined, { work }: KnownWork, { first, count }: JobData): Promise<ChunkResult> {
    const computed = this.#options.pool.run({ work, first, count });
    const outcome = await unlessAborted(this.#time.signal, computed, OUT_OF_TIME);
    if (outcome !== OUT_OF_TIME) return { ...outcome, worker: this.name };
    computed.catch(() => {});
    return await this.#handBack(job, token);
  }

  /** Puts a job back into the queue, for others, and ends its processing here. */
  async #handBack(job: Job, token: string | undefined): Promise<never> {
    this.#log('info', `job ${job.id} handed back`);
    const moved = job.moveToWait(token).catch((error: Error) => this.#log('warn', `job could not be handed back: ${error.message}`));
    await Promise.race([moved, sleep(HAND_BACK_MS)]); // without Redis, others take it when its lock has expired
    throw new WaitingError();
  }

  async #deliver({ run, epoch, work, chunk }: JobData, { announcements }: KnownWork, result: ChunkResult): Promise<string> {
    const keys = this.#keys;
    const places = { fence: keys.fence(run), work: keys.work(work), results: keys.results(work), announcements };
    return await this.#untilReached(() => this.#scripts.deliver(places, epoch, chunk, encodeResult(result), work));
  }

  /** What is not done in time, or soon after it, is left to others: a command may wait for Redis for ever. */
  async #inTime<T>(promise: Promise<T>, soon: number): Promise<T> {
    let outcome = await unlessAborted(this.#time.signal, promise, OUT_OF_TIME);
    if (outcome === OUT_OF_TIME) outcome = await Promise.race([promise, sleep(soon, OUT_OF_TIME)]);
    if (outcome === OUT_OF_TIME) throw new WaitingError();
    return outcome;
  }

  /** Repeats what Redis refuses for the moment (out of memory, connection lost half-way), as long as there is time. */
  async #untilReached<T>(body: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.#inTime(body(), HAND_BACK_MS);
      } catch (error) {
        if (error instanceof WaitingError || error instanceof ProtocolError || isBug(error)) throw error;
        this.#trouble('warn', `Redis: ${(error as Error).message}; trying again`);
        await this.#inTime(sleep(AGAIN_MS), 0);
      }
    }
  }

  #state(): WorkerState {
    return {
      name: this.name,
      version: this.#options.version ?? 'unknown',
      ...this.#identity,
      threads: this.#options.pool.threads,
      engines: this.#options.pool.engines,
      state: this.#stopping ? 'stopping' : 'ready',
      chunks: [...this.#chunks],
    };
  }
}

/** Whether somebody may have begun a chunk before. */
const wasBegun = ({ attemptsStarted, stalledCounter }: Job, { again }: JobData): boolean =>
  again === true || attemptsStarted > 1 || stalledCounter > 0;
