// Looking after a work that makes no progress: its keys are put back, results whose announcement was lost are read, jobs that are
// gone are added again, failures are read, and what takes long is given to a second worker.

import type { Redis } from 'ioredis';
import type { RedisDispatcher } from './dispatcher.js';
import { ChunkFailedError, describePlace } from './errors.js';
import type { Inbox } from './inbox.js';
import type { Keys } from './keys.js';
import type { Log } from './log.js';
import type { Outbox } from './outbox.js';
import type { Queues } from './queues.js';
import { nameOf } from './registry.js';
import type { OpenChunk, RemoteWork } from './remote-work.js';
import { MAX_RESTARTS } from './timings.js';

export interface SweepContext {
  redis: Redis;
  queues: Queues;
  keys: Keys;
  /** How many chunks may be given out a second time: none as long as others wait for a worker. */
  idle: number;
  log: Log;
  inbox: Inbox;
  outbox: Outbox;
  /** Those of some workers that are alive. */
  alive(ids: readonly string[]): Promise<Set<string>>;
}

/** A chunk given out less than this ago may still be on its way to Redis, ms. */
const FRESH_MS = 400;
/** A chunk is a straggler when it takes so many times what it should, and at least so long; twice as long with each copy. */
const STRAGGLER_FACTOR = 5;
const STRAGGLER_MS = 750;
/** BullMQ's reason of a job whose workers fell silent too often. */
const STALLED = 'job stalled more than allowable limit';
/** So many workers may be at one chunk, as far as is known. */
const AT_ONCE = 2;

/** A chunk that is not in, as Redis knows it. */
interface Found {
  /** Id of a job of it that has failed. */
  failed: string | undefined;
  /** Its newest job is not there any more. */
  missing: boolean;
  /** Workers that began it again and did not end it: those that are alive, and those that are not. */
  running: string[];
  dead: string[];
}

export async function sweepWork(context: SweepContext, dispatcher: RedisDispatcher, work: RemoteWork): Promise<void> {
  const { inbox, outbox, log } = context;
  await outbox.publish(work);
  const now = performance.now();
  const open = [...work.open.values()].filter(({ at }) => now - at > FRESH_MS);
  if (work.ended || open.length === 0) return;
  // Job states first, results second: a job that is gone has delivered by then, and its result is seen.
  const found = await find(context, work, open);
  const chunks = open.map(({ chunk }) => chunk);
  await inbox.fetch(dispatcher, work, chunks);
  const again: OpenChunk[] = [];
  for (const [i, chunk] of open.entries()) {
    if (work.ended || !work.open.has(chunk.chunk)) continue;
    const { failed, missing, running, dead } = found[i]!;
    if (dead.length >= MAX_RESTARTS) work.fail(deadly(work, chunk, dead));
    else if (failed !== undefined) {
      const error = await failure(context, work, chunk, failed);
      if (error) work.fail(error);
      else again.push(await withNewId(context, work, chunk, failed));
    } else if (missing) again.push(chunk);
    else if (running.length < AT_ONCE && isStraggler(context, dispatcher, work, chunk, now - chunk.at)) {
      chunk.copies++;
      again.push(chunk);
      log('info', `${describePlace(work.place(chunk))} takes long: given to a second worker`, { run: work.origin.run });
    }
  }
  for (const chunk of again) chunk.again = true;
  if (!work.ended) await outbox.add(again.map((chunk) => ({ dispatcher, work, open: chunk })));
}

async function find({ queues, redis, keys, alive }: SweepContext, work: RemoteWork, open: readonly OpenChunk[]): Promise<Found[]> {
  const begun = await redis.hmget(keys.claims(work.id), ...open.map(({ chunk }) => String(chunk)));
  const workers = begun.map((list) => (list ?? '').split(',').filter((id) => id !== ''));
  const living = await alive([...new Set(workers.flat())]);
  const findOne = async (chunk: OpenChunk, i: number): Promise<Found> => {
    const ids = work.jobIds(chunk);
    const states = await Promise.all(ids.map((id) => queues.of(work).getJobState(id)));
    return {
      failed: ids[states.indexOf('failed')],
      missing: states.at(-1) === 'unknown',
      running: workers[i]!.filter((id) => living.has(id)),
      dead: workers[i]!.filter((id) => !living.has(id)),
    };
  };
  return await Promise.all(open.map(findOne));
}

function deadly(work: RemoteWork, chunk: OpenChunk, dead: readonly string[]): ChunkFailedError {
  const reason = `the last ${dead.length} workers that began it died or froze (${dead.map(nameOf).join(', ')})`;
  return new ChunkFailedError(work.place(chunk), nameOf(dead.at(-1)!), reason);
}

/** Why a chunk's job has failed; undefined if BullMQ only lost patience with workers that fell silent. */
async function failure(context: SweepContext, work: RemoteWork, chunk: OpenChunk, id: string): Promise<ChunkFailedError | undefined> {
  const { redis, queues, keys } = context;
  const [job, last] = await Promise.all([queues.of(work).getJob(id), redis.hget(keys.claims(work.id), `${chunk.chunk}:last`)]);
  const { failedReason = 'unknown', attemptsMade = 0, processedBy } = job ?? {};
  if (failedReason === STALLED) return undefined;
  return new ChunkFailedError(work.place(chunk), nameOf(last ?? processedBy ?? 'unknown'), `${failedReason} (attempts: ${attemptsMade})`);
}

/** BullMQ ignores an id that is there already, so what has failed comes back under another one. */
async function withNewId({ queues }: SweepContext, work: RemoteWork, chunk: OpenChunk, failed: string): Promise<OpenChunk> {
  await queues.of(work).remove(failed);
  chunk.copies++;
  return chunk;
}

/** Only when there is nobody left to give other chunks to. */
function isStraggler(
  context: SweepContext,
  { sizer }: RedisDispatcher,
  work: RemoteWork,
  { count, copies }: OpenChunk,
  ms: number,
): boolean {
  const expected = sizer.itemMs(work.work) * count;
  if (context.idle <= 0 || work.left > 0) return false;
  if (ms < Math.max(STRAGGLER_MS, STRAGGLER_FACTOR * expected) * 2 ** copies) return false;
  context.idle--;
  return true;
}
