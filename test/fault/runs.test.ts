// Several runs at once: a small one does not wait behind a large one; pause and cancel take effect at once.

import { RedisFleet } from '@metaplast/dispatch';
import { initialTheta } from '@metaplast/plasticity';
import { type GenerationWork, resolveSpec } from '@metaplast/protocol';
import { LOCK_MS, type RedisPlace, startWorker, until } from '@metaplast/rig';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fresh } from './oracle.js';
import { faultSuite } from './suite.js';

const suite = faultSuite();
let place: RedisPlace;
let fleet: RedisFleet;

beforeEach(async () => {
  place = { url: suite.redis.url, prefix: fresh().prefix };
  fleet = await RedisFleet.connect({ ...place, lockMs: LOCK_MS });
  startWorker(place, 'w0');
  await until(async () => (await fleet.workers()).length === 1, 'a worker');
});
afterEach(async () => {
  expect(await suite.redis.client.keys(`${place.prefix}:work:*`)).toEqual([]);
  await fleet.close();
});

const work = (pairs: number, seed = 1): GenerationWork => {
  const spec = resolveSpec({ seed, outer: { pairs } });
  return { kind: 'generation', spec, generation: 0, sigma: 0.03, theta: initialTheta(spec) };
};

/** Takes seconds on any machine. */
const LARGE = work(20_000);

describe('runs that share workers', () => {
  it('a small run does not wait behind a large one', async () => {
    const large = fleet.dispatcher({ run: 'large', epoch: 1 });
    const small = fleet.dispatcher({ run: 'small', epoch: 1 });
    await small.evaluate(work(8));
    let over = false;
    const all = large.evaluate(LARGE).finally(() => {
      over = true;
    });
    all.catch(() => {});
    await until(() => large.busyMs > 0, 'the large run');
    for (let i = 0; i < 3; i++) await small.evaluate(work(8, i));
    expect(over).toBe(false);
    await large.close();
    await expect(all).rejects.toThrow('dispatcher is closed');
    await small.close();
  });

  it('a run of a higher priority is served first', async () => {
    const low = fleet.dispatcher({ run: 'low', epoch: 1, priority: 2 });
    const high = fleet.dispatcher({ run: 'high', epoch: 1, priority: 1 });
    const all = low.evaluate(LARGE);
    all.catch(() => {});
    await until(() => low.busyMs > 0, 'the run of low priority');
    const before = low.busyMs;
    const values = await high.evaluate(work(8000, 2));
    // What was begun before is finished (four chunks of 0.75 s at most), and a chunk or two may slip in where the two follow each other.
    expect(low.busyMs - before).toBeLessThan(values.busyMs / 4);
    await low.close();
    await expect(all).rejects.toThrow('dispatcher is closed');
    await high.close();
  });

  it('cancel empties the queue, of what waits at once', async () => {
    const dispatcher = fleet.dispatcher({ run: 'cancelled', epoch: 1 });
    const controller = new AbortController();
    const all = dispatcher.evaluate(LARGE, controller.signal);
    all.catch(() => {});
    await until(() => dispatcher.busyMs > 0, 'a result');
    controller.abort(new Error('cancelled'));
    await expect(all).rejects.toThrow('cancelled');
    expect((await fleet.counts()).waiting).toBe(0);
    await until(async () => Object.values(await fleet.counts()).every((count) => count === 0), 'idle workers');
    await dispatcher.close();
  });

  it('a run that another coordinator starts with a higher epoch is taken from the first', async () => {
    const other = await RedisFleet.connect({ ...place, lockMs: LOCK_MS });
    const first = fleet.dispatcher({ run: 'contended', epoch: 1 });
    const all = first.evaluate(LARGE);
    all.catch(() => {});
    await until(() => first.busyMs > 0, 'a result');
    const second = other.dispatcher({ run: 'contended', epoch: 2 });
    const values = second.evaluate(work(8));
    await expect(all).rejects.toThrow('another coordinator has started run contended');
    expect((await values).values.length).toBe(16);
    await other.close();
  });
});
