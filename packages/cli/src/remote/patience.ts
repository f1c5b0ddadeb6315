// What a command does while its server is away: it says so once, and asks again until the server is back.

import { setTimeout } from 'node:timers/promises';
import { ProblemError } from '@metaplast/client';
import type { RemoteOptions } from './connect.js';
import { networkFailure } from './explain.js';

/** Between two looks at something that goes on, and two tries to reach the server, ms. */
const LOOK_MS = 500;

export interface Away {
  onLost: () => void;
  onBack: () => void;
}

/** Says on standard error, once each time, that the server is away, and that it is back. */
export function awayNotice({ url }: RemoteOptions): Away {
  let away = false;
  const say = (text: string): void => void process.stderr.write(`metaplast: ${text}\n`);
  return {
    onLost: () => {
      if (!away) say(`the connection to ${url} is lost; trying again until it is back`);
      away = true;
    },
    onBack: () => {
      if (away) say(`connected to ${url} again`);
      away = false;
    },
  };
}

/** Asks until there is a reply, whatever becomes of the server meanwhile. Throws what it refuses, and the signal's reason. */
export async function patiently<T>(ask: () => Promise<T>, { onLost, onBack }: Away, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const reply = await ask();
      onBack();
      return reply;
    } catch (error) {
      const passing = error instanceof ProblemError ? error.passes : networkFailure(error) !== undefined;
      if (!passing) throw error;
      onLost();
    }
    await pause(signal);
  }
}

/** The time between two looks, or less when the signal is aborted. */
export const pause = (signal: AbortSignal): Promise<void> => setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined);
