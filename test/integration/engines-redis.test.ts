// Engines over Redis: native and WebAssembly workers give one run the same bytes, and works of engine tfjs go only to who has it.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dispatcher, InProcessDispatcher, RedisFleet, RedisWorker } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { loadNative } from '@metaplast/native';
import { type PartialRunSpec, type RunSpec, resolveSpec } from '@metaplast/protocol';
import { FRESH, LOCK_MS, RedisServer, until } from '@metaplast/rig';
import { RunStore, runTraining } from '@metaplast/training';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'metaplast-engines-'));
const closers: (() => Promise<unknown>)[] = [];
let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.any();
}, 300_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await redis.end();
  rmSync(folder, { recursive: true });
});

const freshPrefix = (): string => `${FRESH}${randomBytes(4).toString('hex')}`;

const specOf = (over: PartialRunSpec): RunSpec =>
  resolveSpec({
    seed: 41,
    inner: { steps: 8, test: 24 },
    outer: { generations: 8, pairs: 12 },
    evaluation: { every: 4, trials: 8 },
    ...over,
  });

async function worker(prefix: string, name: string, pool: EnginePool, engines = pool.engines): Promise<void> {
  const { threads } = pool;
  const started = await RedisWorker.start({
    url: redis.url,
    prefix,
    name,
    lockMs: LOCK_MS,
    pool: { threads, engines, run: (c) => pool.run(c) },
  });
  closers.push(
    () => pool.close(),
    () => started.close(1000),
  );
}

/** Runs a spec with a fleet of its own to its end. */
async function overRedis(prefix: string, name: string, spec: RunSpec, log: string[] = []) {
  const fleet = await RedisFleet.connect({ url: redis.url, prefix, lockMs: LOCK_MS, log: (_level, message) => log.push(message) });
  closers.push(() => fleet.close());
  return await train(`${prefix}-${name}`, spec, fleet.dispatcher({ run: name, epoch: 1, chunkSize: 2 }));
}

async function train(name: string, spec: RunSpec, dispatcher: Dispatcher) {
  const store = RunStore.open(join(folder, `${name}.db`));
  try {
    store.createRun({ id: 'run', name, spec, kernel: kernelIdentity() });
    const { theta, thetaSha256 } = await runTraining({ store, runId: 'run', dispatcher });
    return { theta, thetaSha256, engines: store.run('run').engines };
  } finally {
    store.close();
  }
}

async function here(name: string, spec: RunSpec) {
  const dispatcher = new InProcessDispatcher(await EnginePool.start({ threads: 1, engine: 'wasm' }));
  closers.push(() => dispatcher.close());
  return await train(name, spec, dispatcher);
}

describe('workers of one run', { timeout: 120_000 }, () => {
  it.runIf('create' in loadNative())('native and WebAssembly: the bytes of either', async () => {
    const spec = specOf({});
    const prefix = freshPrefix();
    await worker(prefix, 'native', await EnginePool.start({ threads: 1, engine: 'native' }));
    await worker(prefix, 'wasm', await EnginePool.start({ threads: 1, engine: 'wasm' }));
    const mixed = await overRedis(prefix, 'mixed', spec);
    expect(mixed.engines).toEqual(['native', 'wasm']);
    const alone = await here('alone', spec);
    expect(alone.engines).toEqual(['wasm']);
    expect(mixed.thetaSha256).toBe(alone.thetaSha256);
  });

  it('with engine tfjs are those that have it; the others go on with what they can', async () => {
    const spec = specOf({ engine: 'tfjs', outer: { generations: 3, pairs: 6 } });
    const prefix = freshPrefix();
    await worker(prefix, 'plain', await EnginePool.start({ threads: 1, engine: 'wasm' }), ['wasm']);
    const log: string[] = [];
    const run = overRedis(prefix, 'tensors', spec, log);
    await until(() => log.includes('worker plain gets no chunks of runs with engine tfjs: it has wasm only'), 'the refusal');
    await until(() => log.some((line) => line.startsWith('waiting for a worker that has engine tfjs')), 'the wait');
    // A run of the kernel is computed meanwhile.
    const kernel = await overRedis(prefix, 'kernel', specOf({ outer: { generations: 3, pairs: 6 } }));
    expect(kernel.engines).toEqual(['wasm']);
    await worker(prefix, 'able', await EnginePool.start({ threads: 1 }));
    const { engines, theta } = await run;
    expect(engines).toEqual([expect.stringMatching(/^tfjs\//)]);
    expect(Math.max(...theta.map((x, i) => Math.abs(x - kernel.theta[i]!)))).toBeLessThan(0.01);
  });
});
