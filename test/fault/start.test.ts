// Starting and stopping while Redis is away or not as it should be.

import { join } from 'node:path';
import { metaplastProcess, type Process, sleep, startWorker } from '@metaplast/rig';
import { describe, expect, it } from 'vitest';
import { folder, fresh, RedisRun } from './oracle.js';
import { startTrain } from './processes.js';
import { faultSuite } from './suite.js';

const suite = faultSuite('own');

const { prefix } = fresh();

const startServe = (url: string): Process =>
  metaplastProcess(['serve', '--port', '0', '--data', join(folder, `served-${prefix}`), '--redis', url]);

describe('workers and coordinators', () => {
  it('wait for Redis, say so, and compute when it is there', async () => {
    await suite.redis.kill();
    const early = fresh();
    const worker = startWorker({ url: suite.redis.url, prefix: early.prefix }, 'early');
    await worker.said('cannot be reached');
    const served = startServe(suite.redis.url);
    await served.said('cannot be reached');
    const starting = RedisRun.start(suite.redis.url, undefined, undefined, early);
    suite.redis.begin();
    await worker.said('ready for chunks');
    await served.said('ready at http://');
    await (await starting).endsAsUndisturbed();
  });

  it('can be stopped while Redis is away', async () => {
    const waiting = startWorker({ url: 'redis://127.0.0.1:1', prefix }, 'waiting');
    await waiting.said('cannot be reached');
    waiting.signal('SIGTERM');
    expect(await waiting.ended).toBe(0);
    const served = startServe('redis://127.0.0.1:1');
    const train = startTrain(['--redis', 'redis://127.0.0.1:1', '--out', fresh().path]);
    await Promise.all([served.said('cannot be reached'), train.said('cannot be reached')]);
    served.signal('SIGTERM');
    train.signal('SIGINT');
    expect(await Promise.all([served.ended, train.ended])).toEqual([0, 130]);
  });

  it('end in seconds when Redis goes away for good', async () => {
    const working = startWorker({ url: suite.redis.url, prefix }, 'working', ['--grace-ms', '100']);
    await working.said('ready for chunks');
    await suite.redis.kill();
    await sleep(200);
    working.signal('SIGTERM');
    const begin = performance.now();
    expect(await working.ended).toBe(0);
    expect(performance.now() - begin).toBeLessThan(10_000);
    suite.redis.begin();
  });

  it('wait for a Redis that has no memory left', async () => {
    await suite.redis.client.config('SET', 'maxmemory', '1');
    const starting = RedisRun.start(suite.redis.url);
    const worker = startWorker({ url: suite.redis.url, prefix }, 'hungry');
    await worker.said('OOM');
    await suite.redis.client.config('SET', 'maxmemory', '0');
    const run = await starting;
    startWorker(run, 'fed');
    await run.endsAsUndisturbed();
  });

  it('end in seconds when they are told to, though nobody computes', async () => {
    const place = { url: suite.redis.url, prefix: fresh().prefix };
    const train = startTrain(['--redis', place.url, '--prefix', place.prefix, '--out', fresh().path]);
    const worker = startWorker(place, 'leaving');
    await train.said('gen ');
    await worker.kill();
    const begin = performance.now();
    train.signal('SIGTERM');
    expect(await train.ended).toBe(130);
    expect(performance.now() - begin).toBeLessThan(30_000);
    expect(train.output).toContain('nothing is lost. Go on with: npx metaplast train');
  });

  it.each([
    ['maxmemory-policy', 'allkeys-lru', 'noeviction', '', 'CONFIG SET maxmemory-policy noeviction'],
    ['requirepass', 'secret', '', '', 'NOAUTH'],
    ['requirepass', 'secret', '', ':wrong@', 'WRONGPASS'],
  ])('refuse a Redis with %s %s and says what to do', async (setting, value, back, user, message) => {
    await suite.redis.client.config('SET', setting, value);
    try {
      const url = suite.redis.url.replace('//', `//${user}`);
      const worker = startWorker({ url, prefix }, 'picky');
      expect(await worker.ended).toBe(2);
      expect(worker.output).toContain(message);
      expect(worker.output).not.toMatch(/secret|wrong@/);
      const train = startTrain(['--redis', url, '--out', fresh().path]);
      expect(await train.ended).toBe(2);
      expect(train.output).toContain(message);
      const served = startServe(url);
      expect(await served.ended).toBe(2);
      expect(served.output).toContain(message);
    } finally {
      await suite.redis.client.config('SET', setting, back);
    }
  });

  it('refuse a database that Redis does not have', async () => {
    const worker = startWorker({ url: `${suite.redis.url}/99`, prefix }, 'lost');
    expect(await worker.ended).toBe(2);
    expect(worker.output).toContain('DB index is out of range');
  });

  it('use user, password and database of the URL', async () => {
    await suite.redis.client.call('ACL', 'SETUSER', 'me', 'on', '>pass', '~*', '&*', '+@all');
    const worker = startWorker({ url: `${suite.redis.url.replace('//', '//me:pass@')}/3`, prefix }, 'named');
    await worker.said('ready for chunks');
    expect(worker.output).not.toContain('pass@');
    await suite.redis.client.select(3);
    expect(await suite.redis.client.smembers(`${prefix}:workers`)).toEqual([expect.stringMatching(/^named-/)]);
    await suite.redis.client.select(0);
  });
});
