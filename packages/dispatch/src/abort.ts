// Listening to abort signals. A report has dozens of works on one signal, which is no leak: Node's warning of one is switched off.

import { setMaxListeners } from 'node:events';

/** Calls `listener` with the signal's reason when it is aborted; returns what ends that. */
export function onAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const abort = (): void => listener(signal.reason);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

/** What comes first: the promise's outcome, or `otherwise` when the signal is aborted. Unlike a race it leaves nothing at the signal. */
export async function unlessAborted<T, const U>(signal: AbortSignal, promise: Promise<T>, otherwise: U): Promise<T | U> {
  if (signal.aborted) {
    promise.catch(() => {});
    return otherwise;
  }
  return await new Promise<T | U>((resolve, reject) => {
    const settled = onAbort(signal, () => resolve(otherwise));
    promise.then(resolve, reject).finally(settled);
  });
}
