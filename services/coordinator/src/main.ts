// A coordinator's life as a process: until SIGTERM or SIGINT; a second signal ends it at once.

import { checkUrl } from '@metaplast/dispatch';
import type { CoordinatorConfig } from './config.js';
import { makeLogger, startCoordinator } from './coordinator.js';

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
  try {
    const coordinator = await startCoordinator(config, { version, logger, signal: stop.signal });
    logger.info({ url: coordinator.url, data: config.data }, `ready at ${coordinator.url}`);
    const failure = await Promise.race([asked, coordinator.failed]);
    setTimeout(() => process.exit(1), config.graceMs + CLOSING_MS).unref();
    await coordinator.stop();
    if (failure !== undefined) throw failure;
    logger.info('stopped');
  } catch (error) {
    // Stopped while it waited: there is nothing to end.
    if (!stop.signal.aborted) throw error;
  }
}
