// Starting and stopping while Redis is away or not as it should be.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fresh, oracle, RedisRun } from './oracle.js';
import { killAll, sleep, startTrain, startWorker } from './processes.js';
import { RedisServer } from './redis-server.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
  await oracle();
});
afterEach(killAll);
afterAll(() => redis.end());

const { prefix } = fresh();

describe('a worker', () => {
  it('waits for Redis, says so, and computes when it is there', async () => {
    await redis.kill();
    const early = fresh();
    const worker = startWorker({ url: redis.url, prefix: early.prefix }, 'early');
    await worker.said('cannot be reached');
    redis.begin();
    await worker.said('ready for chunks');
    const run = await RedisRun.start(redis.url, undefined, undefined, early);
    await run.endsAsUndisturbed();
  });

  it('can be stopped while Redis is away', async () => {
    const waiting = startWorker({ url: 'redis://127.0.0.1:1', prefix }, 'waiting');
    await waiting.said('cannot be reached');
    waiting.signal('SIGTERM');
    expect(await waiting.ended).toBe(0);
    const working = startWorker({ url: redis.url, prefix }, 'working', ['--grace-ms', '100']);
    await working.said('ready for chunks');
    await redis.kill();
    await sleep(200);
    working.signal('SIGTERM');
    await working.ended;
    redis.begin();
  });

  it.each([
    ['maxmemory-policy', 'allkeys-lru', 'noeviction', '', 'CONFIG SET maxmemory-policy noeviction'],
    ['requirepass', 'secret', '', '', 'NOAUTH'],
    ['requirepass', 'secret', '', ':wrong@', 'WRONGPASS'],
  ])('refuses a Redis with %s %s and says what to do', async (setting, value, back, user, message) => {
    await redis.client.config('SET', setting, value);
    try {
      const url = redis.url.replace('//', `//${user}`);
      const worker = startWorker({ url, prefix }, 'picky');
      expect(await worker.ended).toBe(2);
      expect(worker.output).toContain(message);
      expect(worker.output).not.toMatch(/secret|wrong@/);
      const train = startTrain(['--redis', url, '--out', fresh().path]);
      expect(await train.ended).toBe(2);
      expect(train.output).toContain(message);
    } finally {
      await redis.client.config('SET', setting, back);
    }
  });

  it('refuses a database that Redis does not have', async () => {
    const worker = startWorker({ url: `${redis.url}/99`, prefix }, 'lost');
    expect(await worker.ended).toBe(2);
    expect(worker.output).toContain('DB index is out of range');
  });

  it('uses user, password and database of the URL', async () => {
    await redis.client.call('ACL', 'SETUSER', 'me', 'on', '>pass', '~*', '&*', '+@all');
    const worker = startWorker({ url: `${redis.url.replace('//', '//me:pass@')}/3`, prefix }, 'named');
    await worker.said('ready for chunks');
    expect(worker.output).not.toContain('pass@');
    await redis.client.select(3);
    expect(await redis.client.smembers(`${prefix}:workers`)).toEqual([expect.stringMatching(/^named-/)]);
    await redis.client.select(0);
  });
});
