// Results come in: as announced on a stream, or looked for by the sweep, which makes up for announcements that were lost.

import type { Redis } from 'ioredis';
import type { Again } from './again.js';
import type { RedisDispatcher } from './dispatcher.js';
import type { Keys } from './keys.js';
import type { RemoteWork } from './remote-work.js';

/** Announcements read at a time. */
const BATCH = 1000;
/** After an error of the connection, ms. */
const PAUSE_MS = 200;
/** With more chunks than this under way, announcements are collected for some ms, so that results are read in batches. */
const MANY = 64;
const COLLECT_MS = 5;

/** A chunk that is in, with its result if that is short. */
interface Announced {
  chunk: number;
  bytes: Buffer;
}

export class Inbox {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #dispatchers: ReadonlySet<RedisDispatcher>;

  constructor(redis: Redis, keys: Keys, dispatchers: ReadonlySet<RedisDispatcher>) {
    this.#redis = redis;
    this.#keys = keys;
    this.#dispatchers = dispatchers;
  }

  /** Takes results in as they are announced, until `again` is stopped. `listener` is a connection for this alone; `came` is called after each batch. */
  async listen(listener: Redis, announcements: string, blockMs: number, again: Again, came: () => void): Promise<void> {
    let last: string | Buffer = '0';
    while (!again.stopped) {
      try {
        const reply = await listener.xreadBuffer('COUNT', BATCH, 'BLOCK', blockMs, 'STREAMS', announcements, last);
        const entries = (reply?.[0]?.[1] ?? []) as [id: Buffer, fields: Buffer[]][];
        last = entries.at(-1)?.[0] ?? last;
        await again.attempt(() => this.#collect(byWork(entries)));
        if (entries.length > 0) came();
        if (this.#underWay() > MANY) await new Promise((resolve) => setTimeout(resolve, COLLECT_MS));
      } catch (error) {
        // That Redis is away is said by the other connection; what Redis itself refuses is not.
        if ((error as Error).name === 'ReplyError') await again.attempt(() => Promise.reject(error));
        if (!again.stopped) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Reads the results of chunks, as far as they are there. */
  async fetch(dispatcher: RedisDispatcher, work: RemoteWork, chunks: readonly number[]): Promise<void> {
    if (chunks.length === 0) return;
    const results = await this.#redis.hmgetBuffer(this.#keys.results(work.id), ...chunks.map(String));
    results.forEach((bytes, i) => {
      if (bytes) take(dispatcher, work, chunks[i]!, bytes);
    });
  }

  #underWay(): number {
    return [...this.#dispatchers].reduce((sum, { outstanding }) => sum + outstanding, 0);
  }

  async #collect(announced: ReadonlyMap<string, Announced[]>): Promise<void> {
    const fetches: Promise<void>[] = [];
    for (const dispatcher of this.#dispatchers) {
      for (const work of [...dispatcher.works]) {
        const long: number[] = [];
        for (const { chunk, bytes } of announced.get(work.id) ?? []) {
          if (bytes.length > 0) take(dispatcher, work, chunk, bytes);
          else long.push(chunk);
        }
        fetches.push(this.fetch(dispatcher, work, long));
      }
    }
    await Promise.all(fetches);
  }
}

/** A result that makes no sense fails its work. */
function take(dispatcher: RedisDispatcher, work: RemoteWork, chunk: number, bytes: Buffer): void {
  try {
    dispatcher.put(work, chunk, bytes);
  } catch (error) {
    work.fail(error);
  }
}

/** An entry is [work, chunk, "result", its bytes or nothing]: see DELIVER in scripts.ts. */
function byWork(entries: readonly [id: Buffer, fields: Buffer[]][]): Map<string, Announced[]> {
  const found = new Map<string, Announced[]>();
  for (const [, [work, chunk, , bytes]] of entries) {
    const id = String(work);
    const list = found.get(id) ?? [];
    list.push({ chunk: Number(chunk), bytes: bytes ?? Buffer.alloc(0) });
    found.set(id, list);
  }
  return found;
}
