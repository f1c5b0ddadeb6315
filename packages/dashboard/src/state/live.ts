// Data of the server that is asked for again and again while somebody looks.

import { type Client, ProblemError } from '@metaplast/client';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { client, RETRY_MS, tokenAsked } from './api.js';
import { visible } from './visible.js';

/** After an answer of "not now", ms. */
const BUSY_MS = 5000;

export interface Live<T> {
  /** The newest that was had, also while the server is away. */
  data: T | undefined;
  /** Why the last attempt failed; a server that is away is no error but `connection`'s. */
  error: Error | undefined;
}

/** Loads at once, when `key` or `version` (of the same data) changes, and every `everyMs`; an unset `everyMs` means once. */
export function useLive<T>(key: string, load: (client: Client) => Promise<T>, everyMs?: number, version?: unknown): Live<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: Error }>({ key });
  const newest = useRef(load);
  newest.current = load;
  const from = client.value;
  const isVisible = visible.value;

  useLayoutEffect(() => {
    if (!isVisible) return;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let round = 0;
    const ask = async (): Promise<void> => {
      clearTimeout(timer);
      const mine = ++round;
      let wait = everyMs;
      try {
        const data = await newest.current(from);
        if (over || mine !== round) return;
        setState({ key, data });
      } catch (error) {
        if (over || mine !== round) return;
        const away = error instanceof TypeError;
        if (away) wait = RETRY_MS;
        else if (error instanceof ProblemError && error.passes) wait ??= BUSY_MS;
        if (!away) setState((old) => ({ ...(old.key === key ? old : { key }), error: error as Error }));
        if (tokenAsked.peek() !== undefined) return;
      }
      if (wait !== undefined) timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, from, isVisible, everyMs, version]);

  const fresh = state.key === key;
  return { data: fresh ? state.data : undefined, error: fresh ? state.error : undefined };
}
