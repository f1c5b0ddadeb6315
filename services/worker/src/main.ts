// A worker's life as a process: until SIGTERM or SIGINT; a second signal ends it at once.

import { checkUrl } from '@metaplast/dispatch';
import { startWorker } from './app.js';
import type { WorkerConfig } from './config.js';

/** After the grace period closing connections may take so long, ms. */
const CLOSING_MS = 5000;

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
  const begun = await Promise.race([starting, asked]);
  // Stopped while Redis was still waited for: there is nothing to hand back.
  if (typeof begun === 'string') process.exit(0);
  const signal = await asked;
  setTimeout(() => process.exit(1), config.graceMs + CLOSING_MS).unref();
  await begun.stop(signal);
  process.exit(0); // without Redis, BullMQ would go on trying to reach it
}
