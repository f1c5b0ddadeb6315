// A coordinator in a process: store, lease, whoever computes, scheduler and API; and their orderly end.

import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, LocalFleet, type Log, RedisFleet, type WorkerInfo } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import type { Workers } from '@metaplast/protocol';
import {
  BaselineQueue,
  type EvaluationEvent,
  EvaluationQueue,
  RunStore,
  Scheduler,
  type SchedulerEvent,
  StoreError,
} from '@metaplast/training';
import { type Logger, pino } from 'pino';
import { buildApp } from './app.js';
import { Changes } from './changes.js';
import type { CoordinatorConfig } from './config.js';
import { Figures } from './figures/figures.js';
import { ApiError } from './plugins/problems.js';
import { Streams } from './streams.js';
import { Telemetry } from './telemetry.js';
import type { App } from './types.js';

/** A coordinator that died is succeeded after so long, ms. */
const LEASE_MS = 6000;
const RENEW_MS = 1500;
const WAIT_MS = 250;
/** A Redis that takes so long to answer is as good as away, ms. */
const ANSWER_MS = 2000;
/** When the API closes, what is still being asked and answered is cut off after so long, ms. */
const CUT_MS = 2000;

export interface Coordinator {
  app: App;
  /** Where it listens. */
  url: string;
  /** Resolves when it cannot go on, with the reason. */
  failed: Promise<unknown>;
  stop(): Promise<void>;
}

export interface CoordinatorOptions {
  version: string;
  logger?: Logger;
  /** Ends waiting for the store's lease or for Redis. */
  signal?: AbortSignal;
}

export const makeLogger = (level: string): Logger =>
  pino({ level, redact: ['req.headers.authorization', 'headers.authorization', 'token', 'readToken', 'config.token', 'config.readToken'] });

/** Waits for the lease and for Redis. Throws StoreError, RedisSetupError, EngineError, or what listening throws. */
export async function startCoordinator(config: CoordinatorConfig, options: CoordinatorOptions): Promise<Coordinator> {
  const { version, signal } = options;
  const logger = options.logger ?? makeLogger(config.logLevel);
  const closers: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    // One that fails keeps nothing else open.
    const errors: unknown[] = [];
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
  try {
    mkdirSync(config.data, { recursive: true });
    const store = RunStore.open(join(config.data, 'metaplast.sqlite'));
    closers.push(() => store.close());
    await takeLease(store, logger, signal);
    closers.push(() => store.lease.release());
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<unknown>((resolve) => {
      fail = resolve;
    });
    const renewal = setInterval(() => renew(store, fail), RENEW_MS);
    closers.push(() => clearInterval(renewal));

    const computing = await startFleet(config, version, logger, signal);
    const { fleet } = computing;
    closers.push(() => fleet.close());
    const changes = new Changes();
    const telemetry = new Telemetry();
    const streams = new Streams();
    const figures = new Figures();
    closers.push(() => figures.close());
    const baselines = new BaselineQueue({
      store,
      fleet,
      onMeasured: (run) => changes.changed(run),
      onError: (run, error) => logger.warn({ run, err: error }, 'the baselines of the run could not be measured'),
    });
    closers.push(() => baselines.stop());
    const onEvent = (event: SchedulerEvent | EvaluationEvent): void => {
      if (event.kind === 'fatal') {
        logger.error({ err: event.error }, 'the store cannot be used any more');
        fail(event.error);
        return;
      }
      logEvent(logger, event);
      if (event.kind === 'progress') telemetry.progress(event);
      if (event.kind === 'failed' && 'run' in event) baselines.drop(event.run);
      if (event.kind === 'changed' && 'run' in event) {
        if (event.state === 'starting') baselines.add(event.run);
        if (['paused', 'cancelled'].includes(event.state)) baselines.drop(event.run);
      }
      changes.changed('run' in event ? event.run : event.evaluation);
    };
    const scheduler = new Scheduler({ store, fleet, maxRuns: config.maxRuns, onEvent });
    const evaluations = new EvaluationQueue({ store, fleet, onEvent });
    const context = { config, version, store, scheduler, evaluations, baselines, changes, streams, telemetry, figures, ...computing };
    const app = await buildApp(context, logger);
    // At the same time: a client that is slow keeps no generation from being committed.
    closers.push(() => Promise.all([closeApp(app), scheduler.stop(config.graceMs), evaluations.stop()]));
    const url = await app.listen({ host: config.host, port: config.port });
    scheduler.wake();
    evaluations.wake();
    return { app, url, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function closeApp(app: App): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), CUT_MS);
  await app.close();
  clearTimeout(cut);
}

/** Writes are fenced by the lease, so a renewal that comes too late does no harm. */
function renew(store: RunStore, fail: (error: unknown) => void): void {
  try {
    store.lease.renew(LEASE_MS);
  } catch (error) {
    // A file that is busy for once is tried again.
    if (error instanceof StoreError && error.code === 'superseded') fail(error);
  }
}

async function takeLease(store: RunStore, logger: Logger, signal: AbortSignal | undefined): Promise<void> {
  const holder = `${hostname()}:${process.pid}`;
  for (let said = false; ; said = true) {
    signal?.throwIfAborted();
    try {
      store.lease.acquire(holder, LEASE_MS);
      return;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'leased')) throw error;
      if (!said) logger.warn(`${error.message}; waiting until it stops`);
      await sleep(WAIT_MS);
    }
  }
}

interface Computing {
  fleet: Fleet;
  slots(): number;
  workers(): Promise<Workers>;
  trouble(): string | undefined;
  dispatchMetrics(): Promise<string>;
}

async function startFleet(config: CoordinatorConfig, version: string, logger: Logger, signal: AbortSignal | undefined): Promise<Computing> {
  const { redis: url, prefix, lockMs, threads, engine } = config;
  if (url === undefined) {
    const pool = await EnginePool.start({ threads, engine });
    const fleet = new LocalFleet(pool);
    const own = { id: 'local', name: hostname(), threads, engines: [...pool.engines], state: 'ready', version };
    return {
      fleet,
      slots: () => fleet.slots,
      workers: async () => ({ dispatch: 'in-process', slots: threads, workers: [own] }),
      trouble: () => undefined,
      dispatchMetrics: async () => '',
    };
  }
  const log: Log = (level, message, fields = {}) => logger[level](fields, message);
  const fleet = await RedisFleet.connect({
    url,
    prefix,
    lockMs,
    name: `metaplast serve on ${hostname()}`,
    log,
    ...(signal ? { signal } : {}),
  });
  const workers = async (): Promise<Workers> => {
    const [list, { waiting, active, delayed }] = await answered(Promise.all([fleet.workers(), fleet.counts()]));
    const present = ({ id, name, threads, engines, state, version, refused, trainingsPerSecond, chunks, ageMs, startedAt }: WorkerInfo) => {
      const worker = { id, name, threads, engines: [...engines], state, version, trainingsPerSecond, chunks, ageMs, startedAt };
      return refused === undefined ? worker : { ...worker, refused };
    };
    // Of the workers in this very list: those that may compute were counted some time ago.
    const able = list.filter(({ refused, state }) => refused === undefined && state === 'ready');
    const slots = able.reduce((sum, { threads }) => sum + threads, 0);
    return { dispatch: 'redis', slots, demand: waiting + active + delayed, workers: list.map(present) };
  };
  return {
    fleet,
    slots: () => fleet.threads,
    workers,
    trouble: () => (fleet.connected ? undefined : 'Redis cannot be reached; runs go on when it is back'),
    dispatchMetrics: () => answered(fleet.queueMetrics()),
  };
}

/** What Redis was asked, or 'unavailable' if it takes commands and does not answer. */
function answered<T>(asked: Promise<T>): Promise<T> {
  const late = sleep(ANSWER_MS, undefined, { ref: false }).then(() => {
    throw new ApiError('unavailable', 'Redis does not answer; runs go on when it does');
  });
  return Promise.race([asked, late]);
}

function logEvent(logger: Logger, event: Exclude<SchedulerEvent | EvaluationEvent, { kind: 'fatal' }>): void {
  const subject = 'run' in event ? { run: event.run } : { evaluation: event.evaluation };
  if (event.kind === 'progress') logger.debug({ ...subject, generation: event.progress.generation }, 'committed');
  else if (event.kind === 'failed') logger.error({ ...subject, err: event.error }, 'failed');
  else if (event.kind === 'changed' && 'state' in event) logger.info({ ...subject, state: event.state }, event.state);
  else logger.debug(subject, event.kind);
}
