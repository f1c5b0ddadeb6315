// With real threads: the pool is the built @metaplast/engine.

import { EnginePool, WasmEngine } from '@metaplast/engine';
import { DOMAIN } from '@metaplast/kernel';
import { initialTheta } from '@metaplast/plasticity';
import { resolveSpec, type TrialWork, type Work } from '@metaplast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { InProcessDispatcher, type InProcessOptions } from './in-process.js';

const spec = resolveSpec({ seed: 3, inner: { steps: 5 }, outer: { pairs: 23, tasksPerPair: 2 } });
const theta = initialTheta(spec);
const work = (generation: number): Work => ({ kind: 'generation', spec, generation, sigma: 0.03, theta });
const direct = (of: Work, items: number): Float32Array => new WasmEngine().evaluate({ work: of, first: 0, count: items });

const open: InProcessDispatcher[] = [];
async function start(threads: number, options?: InProcessOptions): Promise<InProcessDispatcher> {
  const dispatcher = new InProcessDispatcher(await EnginePool.start({ threads }), options);
  open.push(dispatcher);
  return dispatcher;
}
afterEach(async () => {
  for (const dispatcher of open.splice(0)) await dispatcher.close();
});

describe('InProcessDispatcher', { timeout: 60_000 }, () => {
  it('gives the same values for any number of threads and any chunk size', async () => {
    const expected = direct(work(4), 23);
    for (const [threads, options] of [
      [1, {}],
      [2, {}],
      [3, { chunkSize: 1 }],
      [2, { chunkSize: 7 }],
      [1, { chunkSize: 1000 }],
    ] as const) {
      const dispatcher = await start(threads, options);
      expect(dispatcher.slots).toBe(threads);
      const { values, busyMs } = await dispatcher.evaluate(work(4));
      expect(values).toEqual(expected);
      expect(busyMs).toBeGreaterThan(0);
      expect(dispatcher.busyMs).toBeCloseTo(busyMs, 6);
    }
  });

  it('serves works that are given at once in their order, each with its own values', async () => {
    const dispatcher = await start(1, { chunkSize: 2 });
    const trials: TrialWork = {
      kind: 'trials',
      spec,
      domain: DOMAIN.heldOut,
      generation: 0,
      trials: 30,
      learner: { kind: 'sgd', settings: [[0.1], [1]] },
    };
    const works = [work(0), trials, work(1), work(2)];
    const ended: number[] = [];
    const results = await Promise.all(
      works.map(async (w, i) => {
        const { values } = await dispatcher.evaluate(w);
        ended.push(i);
        return values;
      }),
    );
    expect(ended).toEqual([0, 1, 2, 3]);
    expect(results).toEqual(works.map((w) => direct(w, w.kind === 'trials' ? 30 : 23)));
  });

  it('drops an aborted work and goes on with the others', async () => {
    const dispatcher = await start(1, { chunkSize: 1 });
    const stop = new AbortController();
    const first = dispatcher.evaluate(work(0), stop.signal);
    const second = dispatcher.evaluate(work(1));
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect((await second).values).toEqual(direct(work(1), 23));
    await expect(dispatcher.evaluate(work(2), stop.signal)).rejects.toThrow('enough');
  });

  it('rejects a work whose chunk fails, and goes on with the others', async () => {
    const dispatcher = await start(2);
    const bad = dispatcher.evaluate({ ...work(0), theta: new Float32Array(1) } as Work);
    const good = dispatcher.evaluate(work(1));
    await expect(bad).rejects.toThrow('θ has 1 numbers');
    expect((await good).values).toEqual(direct(work(1), 23));
  });

  it('rejects what is under way or comes later when closed', async () => {
    const dispatcher = await start(1);
    const running = expect(dispatcher.evaluate(work(0))).rejects.toThrow('dispatcher is closed');
    await dispatcher.close();
    await running;
    await expect(dispatcher.evaluate(work(0))).rejects.toThrow('dispatcher is closed');
  });

  it('refuses a chunk size that makes no sense', async () => {
    const pool = await EnginePool.start({ threads: 1 });
    expect(() => new InProcessDispatcher(pool, { chunkSize: 0.5 })).toThrow('chunk size must be a positive integer, was 0.5');
    await pool.close();
  });
});
