// The workers of a Redis as a dispatcher, for as long as a command needs them.

import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Dispatcher, RedisFleet } from '@metaplast/dispatch';
import type { RunRecord } from '@metaplast/training';
import { InputError } from '../errors.js';

export interface RedisPlace {
  url: string;
  /** Of all keys. */
  prefix: string | undefined;
}

/** Waits until Redis is there, hands the workers over, and takes everything back whatever happens. */
export async function withRedis<T>(
  { url, prefix }: RedisPlace,
  { run, epoch }: { run: string; epoch: number },
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
  use: (dispatcher: Dispatcher) => Promise<T>,
): Promise<T> {
  const lockMs = process.env.METAPLAST_LOCK_MS;
  if (lockMs && !(Number(lockMs) >= 500 && Number(lockMs) <= 600_000)) {
    throw new InputError(`METAPLAST_LOCK_MS must be in [500, 600000] ms, was ${lockMs}`);
  }
  const fleet = await RedisFleet.connect({
    url,
    ...(prefix === undefined ? {} : { prefix }),
    ...(lockMs ? { lockMs: Number(lockMs) } : {}),
    name: `metaplast train on ${hostname()}`,
    signal,
    log: (level, message) => {
      if (level !== 'debug') say(message);
    },
  });
  try {
    return await use(fleet.dispatcher({ run, epoch }));
  } finally {
    await fleet.close();
  }
}

/** Where a folder's run is in Redis: the same at every start, and no other run's. */
export function placeOf(folder: string, { createdAt, epoch }: RunRecord): { run: string; epoch: number } {
  const name = `${hostname()}:${realpathSync(folder)}:${createdAt}`;
  return { run: `train-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`, epoch: epoch + 1 };
}
