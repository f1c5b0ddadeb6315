// Looking after a work that makes no progress: its keys are put back, results whose announcement was lost are read, jobs that are
// gone are added again, failures are read, and what takes long is given to a second worker.

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Dealt } from './deal.js';
import type { RedisDispatcher } from './dispatcher.js';
import { ChunkFailedError, describePlace } from './errors.js';
import type { Keys } from './keys.js';
import type { Log } from './log.js';
import type { OpenChunk, RemoteWork } from './remote-work.js';
import { MAX_STALLED } from './timings.js';

export interface SweepContext {
  redis: Redis;
  queue: Queue;
  keys: Keys;
  /** How many chunks may be given out a second time: none as long as others wait for a worker. */
  idle: number;
  log: Log;
  publish(work: RemoteWork): Promise<void>;
  fetch(dispatcher: RedisDispatcher, work: RemoteWork, chunks: readonly number[]): Promise<void>;
  add(dealt: readonly Dealt[]): Promise<void>;
}

/** A chunk given out less than this ago may still be on its way to Redis, ms. */
const FRESH_MS = 400;
/** A chunk is a straggler when it takes so many times what it should, and at least so long; twice as long with each copy. */
const STRAGGLER_FACTOR = 5;
const STRAGGLER_MS = 750;

export async function sweepWork(context: SweepContext, dispatcher: RedisDispatcher, work: RemoteWork): Promise<void> {
  await context.publish(work);
  const now = performance.now();
  const open = [...work.open.values()].filter(({ at }) => now - at > FRESH_MS);
  if (work.ended || open.length === 0) return;
  // Jobs before results: a job that was gone then has delivered before, if it has at all.
  const jobs = await Promise.all(open.map((chunk) => jobState(context, work, chunk)));
  await context.fetch(
    dispatcher,
    work,
    open.map(({ chunk }) => chunk),
  );
  const again: OpenChunk[] = [];
  for (const [i, chunk] of open.entries()) {
    if (work.ended || !work.open.has(chunk.chunk)) continue;
    const { failed, missing } = jobs[i]!;
    if (failed !== undefined) {
      const error = await failure(context, work, chunk, failed);
      if (error) work.fail(error);
      else again.push(await withNewId(context, chunk, failed));
    } else if (missing) again.push(chunk);
    else if (isStraggler(context, dispatcher, work, chunk, now - chunk.at)) {
      chunk.copies++;
      again.push(chunk);
      context.log('info', `${describePlace(work.place(chunk))} takes long: given to a second worker`, { run: work.origin.run });
    }
  }
  if (!work.ended) await context.add(again.map((chunk) => ({ dispatcher, work, open: chunk })));
}

/** What has become of a chunk's jobs: the id of one that has failed, or whether the newest is not there any more. */
async function jobState({ queue }: SweepContext, work: RemoteWork, chunk: OpenChunk): Promise<{ failed?: string; missing: boolean }> {
  const ids = work.jobIds(chunk);
  const states = await Promise.all(ids.map((id) => queue.getJobState(id)));
  const failed = ids[states.indexOf('failed')];
  return { ...(failed === undefined ? {} : { failed }), missing: states.at(-1) === 'unknown' };
}

/** Why a chunk's job has failed; undefined if it was only fetched ahead by workers that died of something else. */
async function failure(context: SweepContext, work: RemoteWork, chunk: OpenChunk, id: string): Promise<ChunkFailedError | undefined> {
  const { redis, queue, keys } = context;
  const field = String(chunk.chunk);
  const [job, claims] = await Promise.all([queue.getJob(id), redis.hmget(keys.claims(work.id), field, `${field}:starts`)]);
  const [worker, starts] = claims;
  const { failedReason = 'unknown', attemptsMade = 0 } = job ?? {};
  const fail = (reason: string): ChunkFailedError => new ChunkFailedError(work.place(chunk), worker ?? 'unknown', reason);
  if (!failedReason.includes('stalled')) return fail(`${failedReason} (attempts: ${attemptsMade})`);
  if (Number(starts ?? 0) <= MAX_STALLED) return undefined;
  return fail(`its worker died or froze each of the ${starts} times that this chunk was started`);
}

/** BullMQ ignores an id that is there already, so what has failed comes back under another one. */
async function withNewId({ queue }: SweepContext, chunk: OpenChunk, failed: string): Promise<OpenChunk> {
  await queue.remove(failed);
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
