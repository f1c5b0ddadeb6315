// The few things that must happen in Redis at once, as Lua. Repeating any of them is harmless, so they may be sent again after
// a lost connection.

import type { Redis } from 'ioredis';

/** KEYS fence, work, spec, results, claims; ARGV epoch, ttl, head, theta, spec. Returns 0 if a higher epoch is there. */
const PUBLISH = `
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('HSET', KEYS[2], 'head', ARGV[3], 'theta', ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[2])
redis.call('EXPIRE', KEYS[4], ARGV[2])
redis.call('EXPIRE', KEYS[5], ARGV[2])
return 1`;

/** KEYS fence, work, results, claims; ARGV epoch, chunk, worker, ttl. */
const CLAIM = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
if redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1 then return 'done' end
redis.call('HSET', KEYS[4], ARGV[2], ARGV[3])
redis.call('HINCRBY', KEYS[4], ARGV[2] .. ':starts', 1)
redis.call('EXPIRE', KEYS[4], ARGV[4])
return 'go'`;

/** KEYS fence, work, results, announcements; ARGV epoch, chunk, result, work, ttl. */
const DELIVER = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
if redis.call('HSETNX', KEYS[3], ARGV[2], ARGV[3]) == 0 then return 'done' end
redis.call('EXPIRE', KEYS[3], ARGV[5])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', '10000', '*', ARGV[4], ARGV[2])
redis.call('EXPIRE', KEYS[4], 3600)
return 'kept'`;

/** gone: nobody wants it any more; done: somebody else was first. */
export type Claim = 'go' | 'gone' | 'done';
export type Delivery = 'kept' | 'gone' | 'done';

type Command = (...args: (string | number | Buffer)[]) => Promise<unknown>;

/** The scripts as functions of one connection. */
export class Scripts {
  readonly #run: (name: string, ...args: (string | number | Buffer)[]) => Promise<unknown>;

  constructor(redis: Redis) {
    redis.defineCommand('metaplastPublish', { numberOfKeys: 5, lua: PUBLISH });
    redis.defineCommand('metaplastClaim', { numberOfKeys: 4, lua: CLAIM });
    redis.defineCommand('metaplastDeliver', { numberOfKeys: 4, lua: DELIVER });
    const commands = redis as unknown as Record<string, Command>;
    this.#run = (name, ...args) => commands[name]!(...args);
  }

  /** Puts a work where workers find it, or renews it; false if the run has a higher epoch. */
  async publish(
    keys: { fence: string; work: string; spec: string; results: string; claims: string },
    epoch: number,
    ttlSeconds: number,
    content: { head: string; theta: Buffer; spec: string },
  ): Promise<boolean> {
    const { fence, work, spec, results, claims } = keys;
    const { head, theta } = content;
    return (await this.#run('metaplastPublish', fence, work, spec, results, claims, epoch, ttlSeconds, head, theta, content.spec)) === 1;
  }

  /** Whether a chunk is still to be computed; notes who does, and how often it was begun. */
  async claim(
    keys: { fence: string; work: string; results: string; claims: string },
    epoch: number,
    chunk: number,
    worker: string,
    ttlSeconds: number,
  ): Promise<Claim> {
    const { fence, work, results, claims } = keys;
    return (await this.#run('metaplastClaim', fence, work, results, claims, epoch, chunk, worker, ttlSeconds)) as Claim;
  }

  /** Stores a result unless there is one, and announces it. */
  async deliver(
    keys: { fence: string; work: string; results: string; announcements: string },
    epoch: number,
    chunk: number,
    result: Buffer,
    workId: string,
    ttlSeconds: number,
  ): Promise<Delivery> {
    const { fence, work, results, announcements } = keys;
    return (await this.#run('metaplastDeliver', fence, work, results, announcements, epoch, chunk, result, workId, ttlSeconds)) as Delivery;
  }
}
