// Redis that forgets, dies, is full or hard to reach: the run ends as if nothing had happened.

import { LOCK_MS, sleep, startWorker, TcpProxy, until } from '@metaplast/rig';
import { describe, expect, it } from 'vitest';
import { RedisRun } from './oracle.js';
import { faultSuite } from './suite.js';

const suite = faultSuite('own');

/** A run that two workers have begun. */
async function begun(): Promise<RedisRun> {
  const run = await RedisRun.start(suite.redis.url);
  startWorker(run, 'w0');
  startWorker(run, 'w1');
  await until(() => run.generation >= 2, 'generation 2');
  return run;
}

describe('Redis', () => {
  it('loses everything, again and again (FLUSHALL)', async () => {
    const run = await begun();
    for (let i = 0; i < 5; i++) {
      const before = run.generation;
      await suite.redis.client.flushall();
      await until(() => run.generation >= Math.min(before + 2, 20), 'the run to go on');
      await sleep(Math.random() * 100);
    }
    await run.endsAsUndisturbed();
  });

  it.each([1000, 10_000])('is killed with -9 and comes back after %i ms', async (downtime) => {
    const run = await begun();
    await suite.redis.kill();
    await sleep(downtime);
    suite.redis.begin();
    await run.endsAsUndisturbed();
    expect(run.log.filter((line) => line.includes('cannot be reached')).length).toBeGreaterThan(0);
    expect(run.log.filter((line) => line.includes('is back after')).length).toBeGreaterThan(0);
  });

  it('comes back empty after a kill, like one without an append-only file', async () => {
    const run = await begun();
    await suite.redis.client.config('SET', 'appendonly', 'no');
    await suite.redis.kill();
    suite.redis.begin();
    await suite.redis.client.flushall();
    await run.endsAsUndisturbed();
  });

  it('is out of memory for a while (noeviction)', async () => {
    const run = await begun();
    await suite.redis.client.config('SET', 'maxmemory', '1mb');
    await until(() => run.log.some((line) => line.includes('OOM')), 'the fleet to say so');
    const stuck = run.generation;
    await sleep(LOCK_MS);
    expect(run.generation).toBeLessThanOrEqual(stuck + 1);
    await suite.redis.client.config('SET', 'maxmemory', '0');
    await run.endsAsUndisturbed();
  });

  it('is cut off, silent, half closed and slow for a worker', async () => {
    const proxy = await TcpProxy.start(suite.redis.port);
    const run = await RedisRun.start(suite.redis.url);
    const worker = startWorker({ url: proxy.url, prefix: run.prefix }, 'far');
    await worker.said('chunk kept');
    for (const disturb of [() => proxy.cut(), () => proxy.halfClose(), () => proxy.cut()]) {
      const before = run.generation;
      disturb();
      await until(() => run.generation > Math.min(before, 18), 'the run to go on');
    }
    proxy.silent = true;
    await sleep(1000);
    proxy.silent = false;
    proxy.delayMs = 20;
    await run.endsAsUndisturbed();
    proxy.end();
  });

  it('is cut off, silent and slow for the coordinator', async () => {
    const proxy = await TcpProxy.start(suite.redis.port);
    const run = await RedisRun.start(proxy.url);
    startWorker({ url: suite.redis.url, prefix: run.prefix }, 'near');
    for (const disturb of [() => proxy.cut(), () => proxy.halfClose(), () => proxy.cut()]) {
      const before = run.generation;
      await until(() => run.generation > Math.min(before, 18), 'the run to go on');
      disturb();
    }
    proxy.silent = true;
    await sleep(1000);
    proxy.silent = false;
    proxy.delayMs = 20;
    await run.endsAsUndisturbed();
    proxy.end();
  });
});
