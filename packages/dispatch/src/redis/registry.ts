// Who is there: workers and coordinators put a heartbeat into a key that expires, and their id into a set. No clocks are compared.

import { randomBytes } from 'node:crypto';
import type { ChunkPlace, EngineName } from '@metaplast/protocol';
import type { Redis } from 'ioredis';
import type { Identity } from './identity.js';
import type { Keys } from './keys.js';

export interface WorkerBeat extends Identity {
  name: string;
  /** Version of the program. */
  version: string;
  threads: number;
  /** Engines that it has. */
  engines: readonly EngineName[];
  state: 'ready' | 'stopping';
  /** That it computes. */
  chunks: ChunkPlace[];
  /** Inner trainings of the last seconds. */
  trainingsPerSecond: number;
  startedAt: string;
}

export interface CoordinatorBeat extends Identity {
  name: string;
  startedAt: string;
}

interface Beats {
  workers: WorkerBeat;
  coordinators: CoordinatorBeat;
}

/** A beat and how long ago it was, ms. */
export type Member<T> = T & { id: string; ageMs: number };

/** Id of a member: its name, and what tells it from others of that name. */
export const memberId = (name: string): string => `${name}-${randomBytes(4).toString('hex')}`;
export const nameOf = (id: string): string => id.replace(/-[0-9a-f]{8}$/, '');

export class Registry<K extends keyof Beats> {
  readonly #redis: Redis;
  readonly #members: string;
  readonly #ttlMs: number;

  /** `ttlMs`: how long a heartbeat counts; must be the same for all of a kind. */
  constructor(redis: Redis, keys: Keys, kind: K, ttlMs: number) {
    this.#redis = redis;
    this.#members = keys.members(kind);
    this.#ttlMs = ttlMs;
  }

  async beat(id: string, beat: Beats[K]): Promise<void> {
    await Promise.all([
      this.#redis.set(`${this.#members}:${id}`, JSON.stringify({ ...beat, ttlMs: this.#ttlMs }), 'PX', this.#ttlMs),
      this.#redis.sadd(this.#members, id),
    ]);
  }

  async leave(id: string): Promise<void> {
    await Promise.all([this.#redis.del(`${this.#members}:${id}`), this.#redis.srem(this.#members, id)]);
  }

  /** Those of some ids that are alive. */
  async alive(ids: readonly string[]): Promise<Set<string>> {
    const there = await Promise.all(ids.map((id) => this.#redis.exists(`${this.#members}:${id}`)));
    return new Set(ids.filter((_, i) => there[i] === 1));
  }

  /** All that are alive, by id; those that are gone are forgotten. */
  async list(): Promise<Member<Beats[K]>[]> {
    const ids = (await this.#redis.smembers(this.#members)).sort();
    const found = await Promise.all(
      ids.map((id) => Promise.all([this.#redis.get(`${this.#members}:${id}`), this.#redis.pttl(`${this.#members}:${id}`)])),
    );
    const members: Member<Beats[K]>[] = [];
    const gone: string[] = [];
    ids.forEach((id, i) => {
      const [json, left] = found[i]!;
      if (json === null || left < 0) gone.push(id);
      else members.push(memberOf(id, json, left));
    });
    if (gone.length > 0) await this.#redis.srem(this.#members, ...gone);
    return members;
  }
}

/** What beats of other versions of this program may lack: they are listed, too. */
const UNSAID = { version: 'unknown', threads: 0, engines: [], state: 'ready', chunks: [], trainingsPerSecond: 0, startedAt: 'unknown' };

function memberOf<T>(id: string, json: string, leftMs: number): Member<T> {
  const { ttlMs, ...beat } = JSON.parse(json) as T & { ttlMs: number };
  return { ...UNSAID, ...(beat as unknown as T), id, ageMs: Math.max(0, ttlMs - leftMs) };
}
