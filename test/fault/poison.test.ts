// A chunk that cannot be computed fails its run, with all that is needed to find out why, and leaves other runs alone.

import { ChunkFailedError } from '@metaplast/dispatch';
import { until } from '@metaplast/rig';
import { describe, expect, it } from 'vitest';
import { RedisRun, SPEC } from './oracle.js';
import { startOddWorker } from './processes.js';
import { faultSuite } from './suite.js';

const suite = faultSuite();

const poisoned = { ...SPEC, seed: 666 };
const failure = async (run: RedisRun): Promise<ChunkFailedError> => {
  const error: unknown = await run.failure();
  if (error instanceof ChunkFailedError) return error;
  throw error;
};

describe('a poison chunk', () => {
  it('that always throws', async () => {
    const sound = await RedisRun.start(suite.redis.url);
    const bad = await RedisRun.start(suite.redis.url, poisoned, sound);
    startOddWorker(sound, 'w0', { thread: 'throwing-thread.mjs' });
    startOddWorker(sound, 'w1', { thread: 'throwing-thread.mjs' });
    const error = await failure(bad);
    expect(error.message).toMatch(
      /^chunk \d+ of generation 2 \(pairs \d+\.\.\d+\) failed on worker w[01]: engine failed on items .*: this chunk is poison \(attempts: 3\)$/,
    );
    expect(error.place.first).toBeLessThanOrEqual(3);
    expect(error.place.first + error.place.count).toBeGreaterThan(3);
    expect(bad.generation).toBe(2);
    await sound.endsAsUndisturbed();
  });

  it('that kills its worker', async () => {
    const sound = await RedisRun.start(suite.redis.url);
    const bad = await RedisRun.start(suite.redis.url, poisoned, sound);
    let over = false;
    let deaths = 0;
    const supervision = (async () => {
      for (let i = 0; !over; i++) {
        const worker = startOddWorker(sound, `w${i}`, { thread: 'killing-thread.mjs' });
        await until(() => worker.over || over, 'a worker to die', 100_000);
        if (worker.over && (await worker.ended) === 'SIGKILL') deaths++;
      }
    })();
    const error = await failure(bad);
    expect(error.message).toMatch(
      /^chunk \d+ of generation 2 \(pairs \d+\.\.\d+\) failed on worker w3: the last 3 workers that began it died or froze \(w1, w2, w3\)$/,
    );
    expect(deaths).toBe(4);
    await sound.endsAsUndisturbed().finally(() => {
      over = true;
    });
    await supervision;
  });
});
