// A worker process that computes nothing. usage: node fake-worker.js URL PREFIX NAME THREADS none|sleep:MEAN_MS
//   none: answers at once, from real threads; sleep: waits, log-normal with σ 0.3 about the mean, 10 times as long once in a hundred.

import { RedisWorker, valuesPerItem } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import type { Chunk, ChunkResult } from '@metaplast/protocol';
import { LOCK_MS, sleep } from '@metaplast/rig';

const [url = '', prefix = '', name = '', threads = '1', kind = 'none'] = process.argv.slice(2);
const SPREAD = 0.3;
const STRAGGLERS = 0.01;

const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** Threads that sleep. */
function sleepers(meanMs: number): Pick<EnginePool, 'threads' | 'run' | 'engines'> {
  const run = async ({ work, count }: Chunk): Promise<ChunkResult> => {
    const times = Math.random() < STRAGGLERS ? 10 : 1;
    const ms = times * meanMs * Math.exp(SPREAD * gaussian() - SPREAD ** 2 / 2);
    const start = performance.now();
    await sleep(ms);
    return { values: new Float32Array(count * valuesPerItem(work)), busyMs: performance.now() - start, worker: name };
  };
  return { threads: Number(threads), run, engines: ['wasm'] };
}

const pool = kind.startsWith('sleep:')
  ? sleepers(Number(kind.slice(6)))
  : await EnginePool.start({ threads: Number(threads), thread: new URL('./no-thread.js', import.meta.url) });
await RedisWorker.start({ url, prefix, name, lockMs: 5 * LOCK_MS, pool });
