// A coordinator's life as a process: until SIGTERM or SIGINT; a second signal ends it at once.

import { checkUrl } from '@metaplast/dispatch';
import type { CoordinatorConfig } from './config.js';
import { type Coordinator, makeLogger, startCoordinator } from './coordinator.js';

/** After the grace period closing connections may take so long, ms. */
const CLOSING_MS = 5000;

/** Runs until a signal has stopped it. Throws what startCoordinator() throws, and the reason if it cannot go on. */
export async function runCoordinator(config: CoordinatorConfig, version: string): Promise<void> {
  if (config.redis !== undefined) checkUrl(config.redis);
  const logger = makeLogger(config.logLevel);
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(1);
    logger.info(`${signal}: finishing generations within ${config.graceMs / 1000} s`);
    stop.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const asked = new Promise<undefined>((resolve) => stop.signal.addEventListener('abort', () => resolve(undefined)));
  const coordinator = await unlessStopped(startCoordinator(config, { version, logger, signal: stop.signal }), stop.signal);
  if (coordinator === undefined) return;
  logger.info({ url: coordinator.url, data: config.data }, `ready at ${coordinator.url}`);
  const failure = await Promise.race([asked, coordinator.failed]);
  setTimeout(() => process.exit(1), config.graceMs + CLOSING_MS).unref();
  await coordinator.stop();
  const last = failure ?? (await Promise.race([coordinator.failed, undefined]));
  if (last !== undefined) throw last;
  logger.info('stopped');
}

/** What was started; undefined if it was stopped while it waited for the store or for Redis. */
async function unlessStopped(starting: Promise<Coordinator>, signal: AbortSignal): Promise<Coordinator | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
