// Against the built package: a pool's threads run dist/thread.js.

import { setTimeout as delay } from 'node:timers/promises';
import { EngineError, EnginePool, WasmEngine } from '@metaplast/engine';
import { initialTheta } from '@metaplast/plasticity';
import { type Chunk, resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';

const spec = resolveSpec({ inner: { steps: 5 }, outer: { pairs: 8 } });
const longSpec = resolveSpec({ inner: { steps: 2000 }, outer: { pairs: 8 } });
const theta = initialTheta(spec);
const chunk = (first: number, count: number): Chunk => ({
  work: { kind: 'generation', spec, generation: 1, sigma: 0.05, theta },
  first,
  count,
});
const fixture = (name: string): URL => new URL(`./fixtures/${name}.mjs`, import.meta.url);

async function withPool<T>(options: { threads: number; thread?: URL }, use: (pool: EnginePool) => Promise<T>): Promise<T> {
  const pool = await EnginePool.start(options);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

describe('EnginePool', { timeout: 60_000 }, () => {
  it('computes on its threads what the engine computes here, and says who was busy how long', () =>
    withPool({ threads: 2 }, async (pool) => {
      expect(pool.threads).toBe(2);
      const results = await Promise.all([pool.run(chunk(0, 4)), pool.run(chunk(4, 4))]);
      const engine = new WasmEngine();
      expect(results.map((r) => r.values)).toEqual([engine.evaluate(chunk(0, 4)), engine.evaluate(chunk(4, 4))]);
      expect(new Set(results.map((r) => r.worker)).size).toBe(2);
      for (const { busyMs } of results) expect(busyMs).toBeGreaterThan(0);
    }));

  it('has a chunk’s values as soon as they are there, while its thread computes the next', () =>
    withPool({ threads: 1 }, async (pool) => {
      const long = { ...chunk(0, 8), work: { ...chunk(0, 8).work, spec: longSpec } };
      const [short, next] = [pool.run(chunk(0, 1)), pool.run(long)];
      await short;
      const since = performance.now();
      const { busyMs } = await next;
      expect(performance.now() - since).toBeGreaterThan(busyMs / 2);
    }));

  it('says what failed, and goes on', () =>
    withPool({ threads: 1 }, async (pool) => {
      const bad = { ...chunk(2, 3), work: { ...chunk(0, 0).work, theta: new Float32Array(4) } } as Chunk;
      await expect(pool.run(bad)).rejects.toThrow(
        new EngineError('engine failed on items 2..4 of generation 1: θ has 4 numbers, this rule 477'),
      );
      expect((await pool.run(chunk(0, 1))).values).toHaveLength(2);
    }));

  it('reports a thread that dies, and replaces it', () =>
    withPool({ threads: 1, thread: fixture('dying-thread') }, async (pool) => {
      await expect(pool.run(chunk(1, 1))).rejects.toThrow('engine failed on items 1..1 of generation 1: worker exited with code: 3');
      expect((await pool.run(chunk(4, 1))).values).toEqual(Float32Array.of(4));
    }));

  it('lets no other chunk suffer from one that kills its thread', () =>
    withPool({ threads: 1, thread: fixture('dying-thread') }, async (pool) => {
      const deadly = [pool.run(chunk(1, 1)), pool.run(chunk(3, 1))];
      const others = [pool.run(chunk(2, 1)), pool.run(chunk(4, 1)), pool.run(chunk(6, 1))];
      const outcomes = await Promise.allSettled(deadly);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect((await Promise.all(others)).map(({ values }) => values[0])).toEqual([2, 4, 6]);
    }));

  it('reports threads that cannot start, and a number of threads that makes no sense', async () => {
    await expect(EnginePool.start({ threads: 2, thread: fixture('broken-thread') })).rejects.toThrow(
      'engine threads cannot start: no SIMD here',
    );
    await expect(EnginePool.start({ threads: 0 })).rejects.toThrow('threads must be a positive integer, was 0');
  });

  it('rejects what is under way or comes later when closed', async () => {
    const pool = await EnginePool.start({ threads: 1 });
    const running = pool.run({
      ...chunk(0, 8),
      work: { ...chunk(0, 0).work, spec: resolveSpec({ inner: { steps: 2000 } }) } as Chunk['work'],
    });
    const refused = expect(running).rejects.toThrow('engine pool is closed');
    await pool.close();
    await refused;
    await expect(pool.run(chunk(0, 1))).rejects.toThrow('engine pool is closed');
  });

  // An addon that goes on when Node-API fails in a terminated thread takes the whole process with it.
  it('may be closed at any moment of a thread', async () => {
    for (let i = 0; i < 12; i++) {
      const pool = await EnginePool.start({ threads: 1 });
      const outcome = pool.run(chunk(0, 8)).then(
        () => 'done',
        (error: Error) => error.message,
      );
      await delay(i / 4);
      await pool.close();
      expect(['done', 'engine pool is closed']).toContain(await outcome);
    }
  });
});
