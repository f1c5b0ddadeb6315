// A worker in a process: threads, connection, logs, and an orderly end.

import { type Log, RedisWorker, redactUrl } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { type Logger, pino } from 'pino';
import type { WorkerConfig } from './config.js';
import { type Health, startHealth } from './health.js';

/** A worker is not well when Redis is there and has taken no heartbeat for so many lock times. */
const SILENT = 3;

export interface WorkerApp {
  /** Finishes what it can within the grace period, hands back the rest. */
  stop(reason: string): Promise<void>;
}

export interface WorkerAppOptions {
  /** Version of the program, for the list of workers. */
  version: string;
  /** Computes the chunks; by default the configured number of threads. */
  pool?: EnginePool;
  logger?: Logger;
}

/** Starts a worker. Waits until Redis is there; throws RedisSetupError when it cannot be used, EngineError when threads cannot start. */
export async function startWorker(config: WorkerConfig, options: WorkerAppOptions): Promise<WorkerApp> {
  const { redis: url, prefix, name, threads, engine, lockMs, graceMs } = config;
  const { version } = options;
  const logger = options.logger ?? pino({ level: config.logLevel, base: { worker: name } });
  const log: Log = (level, message, fields = {}) => logger[level](fields, message);
  const pool = options.pool ?? (await EnginePool.start({ threads, engine }));
  log('info', `worker with ${pool.threads} threads for ${redactUrl(url)}: ${pool.engine.why}`, { threads: pool.threads, prefix, version });
  let worker: RedisWorker | undefined;
  let health: Health | undefined;
  try {
    if (config.healthPort !== undefined) {
      health = await startHealth({ host: config.healthHost, port: config.healthPort, patience: SILENT * lockMs }, () => worker);
      log('info', `health on port ${health.port}`, { port: health.port });
    }
    worker = await RedisWorker.start({ url, prefix, name, version, lockMs, pool, log });
  } catch (error) {
    health?.close();
    await pool.close();
    throw error;
  }
  const started = worker;
  log('info', 'ready for chunks');
  let stopped: Promise<void> | undefined;
  const stop = async (reason: string): Promise<void> => {
    log('info', `${reason}: finishing ${started.chunks.length} chunks within ${graceMs / 1000} s`);
    await started.close(graceMs);
    health?.close();
    await pool.close();
    log('info', 'stopped');
  };
  return {
    stop: (reason) => {
      stopped ??= stop(reason);
      return stopped;
    },
  };
}
