// A coordinator in a process: store, lease, whoever computes, scheduler and API; and their orderly end.

import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Fleet, LocalFleet, type Log, RedisFleet, type WorkerInfo } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import type { Workers } from '@metaplast/protocol';
import { RunStore, Scheduler, type SchedulerEvent, StoreError } from '@metaplast/training';
import { type Logger, pino } from 'pino';
import { buildApp } from './app.js';
import { Changes } from './changes.js';
import type { CoordinatorConfig } from './config.js';
import type { App } from './types.js';

/** A coordinator that died is succeeded after so long, ms. */
const LEASE_MS = 6000;
const RENEW_MS = 1500;
const WAIT_MS = 250;

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
    for (const close of closers.splice(0).reverse()) await close();
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

    const { fleet, workers, trouble } = await startFleet(config, version, logger, signal);
    closers.push(() => fleet.close());
    const changes = new Changes();
    const onEvent = (event: SchedulerEvent): void => {
      if (event.kind === 'fatal') fail(event.error);
      else {
        logEvent(logger, event);
        changes.changed(event.run);
      }
    };
    const scheduler = new Scheduler({ store, fleet, maxRuns: config.maxRuns, onEvent });
    closers.push(() => scheduler.stop(config.graceMs));
    const app = await buildApp({ config, version, store, scheduler, changes, workers, trouble }, logger);
    closers.push(() => app.close());
    const url = await app.listen({ host: config.host, port: config.port });
    scheduler.start();
    return { app, url, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}

interface Computing {
  fleet: Fleet;
  workers(): Promise<Workers>;
  trouble(): string | undefined;
}

async function startFleet(config: CoordinatorConfig, version: string, logger: Logger, signal: AbortSignal | undefined): Promise<Computing> {
  const { redis: url, prefix, lockMs, threads } = config;
  if (url === undefined) {
    const fleet = new LocalFleet(await EnginePool.start({ threads }));
    const own = { id: 'local', name: hostname(), threads, state: 'ready', version };
    return { fleet, workers: async () => ({ dispatch: 'in-process', slots: threads, workers: [own] }), trouble: () => undefined };
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
    const [list, { waiting, active, delayed }] = await Promise.all([fleet.workers(), fleet.counts()]);
    const present = ({ id, name, threads, state, version, refused, trainingsPerSecond, chunks, ageMs, startedAt }: WorkerInfo) => {
      const worker = { id, name, threads, state, version, trainingsPerSecond, chunks, ageMs, startedAt };
      return refused === undefined ? worker : { ...worker, refused };
    };
    return { dispatch: 'redis', slots: fleet.slots, demand: waiting + active + delayed, workers: list.map(present) };
  };
  return { fleet, workers, trouble: () => (fleet.connected ? undefined : 'Redis cannot be reached; runs go on when it is back') };
}

function logEvent(logger: Logger, event: Exclude<SchedulerEvent, { kind: 'fatal' }>): void {
  const { run } = event;
  if (event.kind === 'progress') logger.debug({ run, generation: event.progress.generation }, 'committed');
  else if (event.kind === 'failed') logger.error({ run, err: event.error }, 'failed');
  else logger.info({ run, state: event.state }, event.state);
}
