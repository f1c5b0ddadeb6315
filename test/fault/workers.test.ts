// Workers that die, freeze, come and go, are slow or strange: the run ends as if nothing had happened.

import { ownIdentity, queueName } from '@metaplast/dispatch';
import { LOCK_MS, type Process, sleep, startWorker, until } from '@metaplast/rig';
import { Queue } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { GENERATIONS, RedisRun } from './oracle.js';
import { startOddWorker } from './processes.js';
import { faultSuite } from './suite.js';

const suite = faultSuite();

/** Waits until the run has come on by so many generations. */
const progress = (run: RedisRun, by: number): Promise<void> => {
  const to = Math.min(run.generation + by, GENERATIONS);
  return until(() => run.generation >= to, `generation ${to}; the fleet says: ${run.log.join('; ')}`);
};

/** Chunks that a worker was given when there was a result already, or found one when it had computed them. */
const superfluous = ({ output }: Process): number => output.match(/"msg":"chunk (done|gone|is not to be computed)/g)?.length ?? 0;

describe('workers', () => {
  it('killed with -9 in the middle of chunks, again and again', async () => {
    const run = await RedisRun.start(suite.redis.url);
    const workers: Process[] = [startWorker(run, 'w0'), startWorker(run, 'w1')];
    for (let kill = 2; kill < 6; kill++) {
      await progress(run, 2);
      await sleep(Math.random() * 80);
      await workers.shift()!.kill();
      workers.push(startWorker(run, `w${kill}`));
    }
    await run.endsAsUndisturbed();
  });

  it('frozen beyond the lock, whose late results come when others have computed them', async () => {
    const run = await RedisRun.start(suite.redis.url);
    const frozen = startWorker(run, 'frozen');
    await progress(run, 3);
    // In the middle of a chunk, not between two of them.
    for (;;) {
      frozen.signal('SIGSTOP');
      if ((await run.fleet.counts()).active > 0) break;
      frozen.signal('SIGCONT');
      await sleep(7);
    }
    await sleep(2 * LOCK_MS);
    startWorker(run, 'other');
    await progress(run, 1);
    frozen.signal('SIGCONT');
    expect(run.generation).toBeLessThan(GENERATIONS);
    await run.endsAsUndisturbed();
  });

  it('told to stop under load: they finish their chunks, or hand them back when there is no time', async () => {
    const run = await RedisRun.start(suite.redis.url);
    const patient = startWorker(run, 'patient', ['--grace-ms', '5000']);
    const hasty = startWorker(run, 'hasty', ['--grace-ms', '0']);
    await progress(run, 3);
    patient.signal('SIGTERM');
    hasty.signal('SIGTERM');
    expect(await Promise.all([patient.ended, hasty.ended])).toEqual([0, 0]);
    expect(patient.output).not.toContain('chunk failed');
    const counts = await run.fleet.counts();
    expect(counts.active).toBe(0); // nothing waits for a lock to expire
    expect(await run.fleet.workers()).toEqual([]);
    startWorker(run, 'next');
    await run.endsAsUndisturbed();
  });

  it('told to stop while they start: they leave nothing behind', async () => {
    const run = await RedisRun.start(suite.redis.url);
    for (const after of [0, 5, 10, 20, 40, 80]) {
      const worker = startWorker(run, `early-${after}`, ['--grace-ms', '0']);
      await worker.said('worker with');
      await sleep(after);
      worker.signal('SIGTERM');
      expect(await worker.ended).toBe(0);
      expect(await run.fleet.workers()).toEqual([]);
      expect((await run.fleet.counts()).active).toBe(0);
    }
    startWorker(run, 'next');
    await run.endsAsUndisturbed();
  });

  it('that come and go all the time', async () => {
    const run = await RedisRun.start(suite.redis.url);
    let over = false;
    const commotion = (async () => {
      for (let i = 0; !over; i++) {
        const worker = startWorker(run, `guest-${i}`, ['--grace-ms', '1000']);
        await sleep(1500);
        worker.signal(i % 2 ? 'SIGTERM' : 'SIGKILL');
      }
    })();
    startWorker(run, 'host');
    await run.endsAsUndisturbed().finally(() => {
      over = true;
    });
    await commotion;
  });

  it('that get every chunk twice', async () => {
    const run = await RedisRun.start(suite.redis.url);
    const workers = [startWorker(run, 'w0'), startWorker(run, 'w1')];
    const queue = new Queue(queueName(ownIdentity()), { connection: suite.redis.client, prefix: run.prefix });
    let over = false;
    let copies = 0;
    const doubling = (async () => {
      while (!over) {
        for (const job of await queue.getJobs(['wait', 'active'])) {
          if (!job?.id || job.id.includes('_copy')) continue;
          await queue.add(job.name, job.data, { jobId: `${job.id}_copy`, removeOnComplete: false, removeOnFail: true });
          copies++;
        }
        await sleep(5);
      }
    })();
    await run.endsAsUndisturbed().finally(() => {
      over = true;
    });
    await doubling;
    expect(copies).toBeGreaterThan(10);
    expect(workers.reduce((sum, worker) => sum + superfluous(worker), 0)).toBeGreaterThan(0);
  });

  it('of another kernel version: refused, and said so on both sides', async () => {
    const run = await RedisRun.start(suite.redis.url);
    const stranger = startOddWorker(run, 'stranger', { kernel: 'f'.repeat(64) });
    await stranger.said('refuses this worker: its kernel is ffffffffffff');
    await until(() => run.log.some((line) => line.includes('worker stranger is refused: its kernel is ffffffffffff')), 'the refusal');
    const [listed] = await run.fleet.workers();
    expect(listed).toMatchObject({ name: 'stranger', refused: expect.stringContaining('install the same version') });
    expect(run.generation).toBe(0);
    startWorker(run, 'native');
    await run.endsAsUndisturbed();
  });

  it('of which one is 20 times slower than the rest: its chunks go to the others', async () => {
    const run = await RedisRun.start(suite.redis.url);
    await startOddWorker(run, 'slow', { thread: 'slow-thread.mjs' }).said('ready');
    startWorker(run, 'fast');
    await run.endsAsUndisturbed();
    expect(run.log.filter((line) => line.endsWith('takes long: given to a second worker'))).not.toEqual([]);
  });
});
