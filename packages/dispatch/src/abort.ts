// Works listen to the signal that takes them back. A report has dozens of works on one signal, which is no leak.

import { setMaxListeners } from 'node:events';

/** Calls `listener` with the signal's reason when it is aborted; returns what ends that. */
export function onAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const abort = (): void => listener(signal.reason);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}
