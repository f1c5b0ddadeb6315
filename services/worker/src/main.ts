// A worker's life as a process: until SIGTERM or SIGINT; a second signal ends it at once.

import { setTimeout as sleep } from 'node:timers/promises';
import { checkUrl } from '@metaplast/dispatch';
import { startWorker } from './app.js';
import type { WorkerConfig } from './config.js';

/** After the grace period closing connections may take so long, ms. */
const CLOSING_MS = 5000;
/** A start that is told to stop may take so long, ms. */
const STARTING_MS = 2000;

/** Runs until a signal has stopped the worker. Throws what startWorker() throws. */
export async function runWorker(config: WorkerConfig, version: string): Promise<void> {
  checkUrl(config.redis);
  let first: (signal: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    first = resolve;
  });
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (++signals > 1) process.exit(1);
    first(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const starting = startWorker(config, { version });
  // One that is told to stop while it starts may have a chunk already; without Redis it never starts, and has nothing to hand back.
  const begun = await Promise.race([starting, asked.then(() => sleep(STARTING_MS))]);
  if (begun === undefined) process.exit(0);
  const signal = await asked;
  setTimeout(() => process.exit(1), config.graceMs + CLOSING_MS).unref();
  await begun.stop(signal);
  process.exit(0); // without Redis, BullMQ would go on trying to reach it
}
