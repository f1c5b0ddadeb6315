// What can go wrong between coordinator, Redis and workers, beyond what time heals.

import type { ChunkPlace } from '@metaplast/protocol';

/** Redis is there but cannot be used as it is: its version, its settings or the credentials. The message says how to fix it. */
export class RedisSetupError extends Error {
  override readonly name = 'RedisSetupError';
}

/** What was read from Redis is not what this version of the program writes. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Another coordinator has published a higher epoch of the run: this one is out. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/** A chunk threw on every attempt, or its workers kept dying. Its run cannot go on; others can. */
export class ChunkFailedError extends Error {
  override readonly name = 'ChunkFailedError';
  readonly place: ChunkPlace;
  /** The last worker that started it. */
  readonly worker: string;
  readonly reason: string;

  constructor(place: ChunkPlace, worker: string, reason: string) {
    super(`${describePlace(place)} failed on worker ${worker}: ${reason}`);
    this.place = place;
    this.worker = worker;
    this.reason = reason;
  }
}

/** For example "chunk 3 of generation 12 (pairs 40..47)". */
export function describePlace({ kind, generation, chunk, first, count }: ChunkPlace): string {
  const [what, items] = kind === 'generation' ? ['generation', 'pairs'] : ['trials', 'trials'];
  return `chunk ${chunk} of ${what} ${generation} (${items} ${first}..${first + count - 1})`;
}

/** Whether an error is of this program, and none that Redis or its connection reports: waiting would not mend it. */
export const isBug = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError;
