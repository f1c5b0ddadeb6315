// This machine's cores as a dispatcher, for as long as a command needs them.

import { type Dispatcher, InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';

/** Starts the threads (by default one a core), hands them over, and stops them whatever happens. */
export async function withThreads<T>(threads: number | undefined, use: (dispatcher: Dispatcher) => Promise<T>): Promise<T> {
  const dispatcher = new InProcessDispatcher(await EnginePool.start(threads === undefined ? {} : { threads }));
  try {
    return await use(dispatcher);
  } finally {
    await dispatcher.close();
  }
}
