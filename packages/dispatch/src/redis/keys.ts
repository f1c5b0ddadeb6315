// Names of everything in Redis. All start with the installation's prefix, so that several can share a Redis.
//
//   {prefix}:chunks-v{protocol}-{kernel}:*   BullMQ's queue; its name keeps workers of another protocol or kernel away
//   {prefix}:chunks-v{protocol}-{kernel}-tfjs:*   the queue of works with engine tfjs, for workers that have it
//   {prefix}:fence:{run}                     the highest epoch of a run that was published
//   {prefix}:spec:{sha256}                   a run spec, JSON
//   {prefix}:work:{work}                     hash: head (JSON), theta (float32)
//   {prefix}:results:{work}                  hash: chunk → result bytes
//   {prefix}:claims:{work}                   hash: chunk → workers that began it and did not end it, {chunk}:last → who began it last
//   {prefix}:done:{session}                  stream of announcements to one coordinator: work → chunk, result → its bytes if they are few
//   {prefix}:workers, :coordinators          sets of ids; {prefix}:workers:{id} … their heartbeats, which expire

import type { EngineName } from '@metaplast/protocol';
import type { Identity } from './identity.js';

export const DEFAULT_PREFIX = 'metaplast';

/** Throws RangeError unless prefix and run ids are of this form: BullMQ gives colons in ids a meaning. */
const PREFIX = /^[\w.-]{1,64}$/;
const RUN = /^[\w.-]{1,80}$/;

export class Keys {
  readonly prefix: string;

  constructor(prefix: string) {
    if (!PREFIX.test(prefix)) throw new RangeError(`key prefix must match ${PREFIX}, was "${prefix}"`);
    this.prefix = prefix;
  }

  fence(run: string): string {
    return `${this.prefix}:fence:${run}`;
  }

  spec(sha256: string): string {
    return `${this.prefix}:spec:${sha256}`;
  }

  work(work: string): string {
    return `${this.prefix}:work:${work}`;
  }

  results(work: string): string {
    return `${this.prefix}:results:${work}`;
  }

  claims(work: string): string {
    return `${this.prefix}:claims:${work}`;
  }

  announcements(session: string): string {
    return `${this.prefix}:done:${session}`;
  }

  members(kind: 'workers' | 'coordinators'): string {
    return `${this.prefix}:${kind}`;
  }
}

/** All engines that there are. */
export const ENGINES: readonly EngineName[] = ['wasm', 'tfjs'];

/** Name of the queue that workers of this identity serve if they have the engine. */
export const queueName = ({ protocol, kernel }: Identity, engine: EngineName = 'wasm'): string =>
  `chunks-v${protocol}-${kernel.slice(0, 12)}${engine === 'wasm' ? '' : `-${engine}`}`;

/** Id of a work: unique for ever, thanks to the session's nonce and the number, which counts all works of the session, so that no result can be taken for another's. */
export function workId(run: string, epoch: number, session: string, number: number): string {
  if (!RUN.test(run)) throw new RangeError(`run id must match ${RUN}, was "${run}"`);
  return `${run}_${epoch}_${session}_${number}`;
}

/** Id of a chunk's job; `copy` counts the times that a straggler was given out again. */
export const jobId = (work: string, chunk: number, copy: number): string => `${work}_${chunk}${copy === 0 ? '' : `_s${copy}`}`;
