// A worker's memory of works and specs, so that θ and spec are read from Redis once and not with every chunk.

import type { Work } from '@metaplast/protocol';
import type { Redis } from 'ioredis';
import { ProtocolError } from './errors.js';
import type { Keys } from './keys.js';
import { decodeHead, decodeSpec, decodeWork } from './wire.js';

/** A work as a worker needs it. */
export interface KnownWork {
  work: Work;
  /** The stream on which its coordinator hears of results. */
  announcements: string;
}

const WORKS = 16;
const SPECS = 32;

export class WorkCache {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #kernel: string;
  readonly #works = new Map<string, KnownWork>();
  /** Chunks of a new work come several at a time: it is read once. */
  readonly #reading = new Map<string, Promise<KnownWork | undefined>>();
  readonly #specs = new Map<string, Work['spec']>();

  constructor(redis: Redis, keys: Keys, kernel: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#kernel = kernel;
  }

  /** The work of an id; undefined if it is not in Redis any more. Throws ProtocolError for one that this worker cannot compute. */
  async get(id: string): Promise<KnownWork | undefined> {
    const known = this.#works.get(id);
    if (known) return known;
    const reading = this.#reading.get(id) ?? this.#read(id).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    return await reading;
  }

  async #read(id: string): Promise<KnownWork | undefined> {
    const [headBytes, theta] = await this.#redis.hmgetBuffer(this.#keys.work(id), 'head', 'theta');
    if (!headBytes || !theta) return undefined;
    const head = decodeHead(headBytes.toString());
    if (head.kernel !== this.#kernel) {
      throw new ProtocolError(`work is for kernel ${head.kernel.slice(0, 12)}, this worker has ${this.#kernel.slice(0, 12)}`);
    }
    const spec = await this.#spec(head.spec);
    if (spec === undefined) return undefined;
    const found = { work: decodeWork(head, theta, spec), announcements: head.announcements };
    remember(this.#works, id, found, WORKS);
    return found;
  }

  async #spec(sha256: string): Promise<Work['spec'] | undefined> {
    const known = this.#specs.get(sha256);
    if (known) return known;
    const json = await this.#redis.get(this.#keys.spec(sha256));
    if (json === null) return undefined;
    const spec = decodeSpec(json);
    remember(this.#specs, sha256, spec, SPECS);
    return spec;
  }
}

/** Keeps the newest. */
function remember<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
