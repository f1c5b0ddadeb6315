// The few things that must happen in Redis at once, as Lua. Repeating any of them is harmless, so they may be sent again after
// a lost connection.

import type { Redis } from 'ioredis';
import { MAX_RESTARTS, SUSPECT_RESTARTS } from './timings.js';

/**
 * KEYS fence, work, spec, results, claims; ARGV epoch, ttl, head, theta, spec. Returns 0 if a higher epoch is there. Makes all
 * keys of the work, so that the other scripts need not see to it that they expire.
 */
const PUBLISH = `
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('HSET', KEYS[2], 'head', ARGV[3], 'theta', ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[2])
for _, hash in ipairs({KEYS[4], KEYS[5]}) do
  redis.call('HSETNX', hash, 'made', '')
  redis.call('EXPIRE', hash, ARGV[2])
end
return 1`;

/**
 * KEYS fence, work, results, claims; ARGV epoch, chunk, worker, alone (0 or 1), suspect after, most restarts. claims[chunk] lists the
 * workers that began the chunk again and have not reported its end: they still compute it, or they died of it.
 */
const CLAIM = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
if redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1 then return 'done' end
local begun = redis.call('HGET', KEYS[4], ARGV[2]) or ''
local others, mine = 0, false
for worker in string.gmatch(begun, '[^,]+') do
  if worker == ARGV[3] then mine = true else others = others + 1 end
end
if others >= tonumber(ARGV[6]) then return 'given up' end
if others >= tonumber(ARGV[5]) and ARGV[4] == '0' then return 'suspect' end
if not mine then begun = begun == '' and ARGV[3] or begun .. ',' .. ARGV[3] end
redis.call('HSET', KEYS[4], ARGV[2], begun, ARGV[2] .. ':last', ARGV[3])
return 'go'`;

/** KEYS claims; ARGV chunk, worker. */
const RELEASE = `
local begun, others = redis.call('HGET', KEYS[1], ARGV[1]), {}
if not begun then return 0 end
for worker in string.gmatch(begun, '[^,]+') do
  if worker ~= ARGV[2] then table.insert(others, worker) end
end
redis.call('HSET', KEYS[1], ARGV[1], table.concat(others, ','))
return 1`;

/** KEYS fence, work, results, announcements; ARGV epoch, chunk, result, work. A short result is announced itself. */
const DELIVER = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
if redis.call('HSETNX', KEYS[3], ARGV[2], ARGV[3]) == 0 then return 'done' end
local short = #ARGV[3] <= 1024 and ARGV[3] or ''
redis.call('XADD', KEYS[4], 'MAXLEN', '~', '10000', '*', ARGV[4], ARGV[2], 'result', short)
return 'kept'`;

/**
 * gone: the work no longer exists; done: there is a result already; suspect: workers may have died of it, so that it must be computed
 * with nothing beside it that could be blamed instead; given up: too many have died.
 */
export type Claim = 'go' | 'gone' | 'done' | 'suspect' | 'given up';
export type Delivery = 'kept' | 'gone' | 'done';

type Command = (...args: (string | number | Buffer)[]) => Promise<unknown>;

/** The scripts as functions of one connection. */
export class Scripts {
  readonly #run: (name: string, ...args: (string | number | Buffer)[]) => Promise<unknown>;

  constructor(redis: Redis) {
    redis.defineCommand('metaplastPublish', { numberOfKeys: 5, lua: PUBLISH });
    redis.defineCommand('metaplastClaim', { numberOfKeys: 4, lua: CLAIM });
    redis.defineCommand('metaplastRelease', { numberOfKeys: 1, lua: RELEASE });
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

  /** Whether a chunk is still to be computed, and notes who does. `alone`: nothing else is computed by this process meanwhile. */
  async claim(
    keys: { fence: string; work: string; results: string; claims: string },
    epoch: number,
    chunk: number,
    worker: string,
    alone: boolean,
  ): Promise<Claim> {
    const { fence, work, results, claims } = keys;
    const limits = [SUSPECT_RESTARTS, MAX_RESTARTS];
    return (await this.#run('metaplastClaim', fence, work, results, claims, epoch, chunk, worker, alone ? 1 : 0, ...limits)) as Claim;
  }

  /** A worker that began a chunk has stopped it in order, without a result. */
  async release(claims: string, chunk: number, worker: string): Promise<void> {
    await this.#run('metaplastRelease', claims, chunk, worker);
  }

  /** Stores a result unless there is one, and announces it. */
  async deliver(
    keys: { fence: string; work: string; results: string; announcements: string },
    epoch: number,
    chunk: number,
    result: Buffer,
    workId: string,
  ): Promise<Delivery> {
    const { fence, work, results, announcements } = keys;
    return (await this.#run('metaplastDeliver', fence, work, results, announcements, epoch, chunk, result, workId)) as Delivery;
  }
}
