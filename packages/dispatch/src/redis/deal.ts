// Who gets how much: chunks are cut for all runs in turn, each up to its share of what the workers can hold.

import type { EngineName } from '@metaplast/protocol';
import type { RedisDispatcher } from './dispatcher.js';
import type { OpenChunk, RemoteWork } from './remote-work.js';

/** A chunk to be sent. */
export interface Dealt {
  dispatcher: RedisDispatcher;
  work: RemoteWork;
  open: OpenChunk;
}

/** Chunks given out per slot, over all runs: one that is computed and one that its worker has fetched ahead. */
const DEPTH = 2;
/** One more for runs of higher priority than others: else a worker that fetches ahead would find only chunks of lower priority. */
const DEPTH_BEFORE_OTHERS = 3;
/** Least work given out per slot, over all runs, ms. It is filled up when half of it is done, so that short chunks go out in batches. */
const AHEAD_MS = 100;

/**
 * The chunks to be sent now. Runs whose engine no worker has take no share of the slots from the others; a few of their chunks wait in
 * the queue of that engine, so that whoever starts workers by its length sees that one is wanted.
 */
export function deal(dispatchers: readonly RedisDispatcher[], slots: number, has: (engine: EngineName) => boolean): Dealt[] {
  const served = dispatchers.filter(({ engine }) => engine !== undefined && has(engine));
  const waiting = dispatchers.filter(({ engine }) => engine !== undefined && !has(engine));
  return [...dealAmong(served, slots), ...dealAmong(waiting, 1)];
}

/**
 * Cuts chunks round robin until every run has its share, so that a small run never waits behind a large one. A run shares the slots with
 * runs of its own priority and of higher ones: of the highest there is always a chunk that waits, and workers take it first.
 */
function dealAmong(dispatchers: readonly RedisDispatcher[], slots: number): Dealt[] {
  const active = dispatchers.filter((dispatcher) => dispatcher.hungry || dispatcher.outstanding > 0);
  const share = ({ priority }: RedisDispatcher): number => slots / Math.max(1, active.filter((rival) => rival.priority <= priority).length);
  const depth = ({ priority }: RedisDispatcher): number =>
    active.some((rival) => rival.priority > priority) ? DEPTH_BEFORE_OTHERS : DEPTH;
  const wants = (dispatcher: RedisDispatcher, aheadMs: number): boolean => {
    if (dispatcher.hungry === undefined) return false;
    const slotsOfIt = share(dispatcher);
    return dispatcher.outstanding < Math.ceil(depth(dispatcher) * slotsOfIt) || dispatcher.outstandingMs < aheadMs * slotsOfIt;
  };
  const dealt: Dealt[] = [];
  let hungry = dispatchers.filter((dispatcher) => wants(dispatcher, AHEAD_MS / 2));
  for (; hungry.length > 0; hungry = hungry.filter((dispatcher) => wants(dispatcher, AHEAD_MS))) {
    for (const dispatcher of hungry) {
      const work = dispatcher.hungry!;
      dealt.push({ dispatcher, work, open: dispatcher.cut(work, share(dispatcher)) });
    }
  }
  return dealt;
}
