// This machine's cores as a dispatcher, for as long as a command needs them.

import { type Dispatcher, InProcessDispatcher } from '@metaplast/dispatch';
import { type EngineChoice, EnginePool } from '@metaplast/engine';

/** What to compute on; by default one thread a core, and the engine that $METAPLAST_ENGINE names, or auto. */
export interface Threads {
  threads?: number | undefined;
  engine?: EngineChoice | undefined;
}

/** Starts the threads, hands them over, and stops them whatever happens. */
export async function withThreads<T>({ threads, engine }: Threads, use: (dispatcher: Dispatcher) => Promise<T>): Promise<T> {
  const pool = await EnginePool.start({ ...(threads !== undefined && { threads }), ...(engine !== undefined && { engine }) });
  const dispatcher = new InProcessDispatcher(pool);
  try {
    return await use(dispatcher);
  } finally {
    await dispatcher.close();
  }
}
