// A worker process that computes nothing. usage: node fake-worker.js URL PREFIX NAME THREADS none|sleep:MEAN_MS
//   none: answers at once, from real threads; sleep: waits as long as ideal.ts says.

import { RedisWorker, valuesPerItem } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import type { Chunk, ChunkResult } from '@metaplast/protocol';
import { LOCK_MS, sleep } from '@metaplast/rig';
import { sleepMs } from './ideal.js';

const [url = '', prefix = '', name = '', threads = '1', kind = 'none'] = process.argv.slice(2);
/** Threads that sleep. */
function sleepers(meanMs: number): Pick<EnginePool, 'threads' | 'run' | 'engines'> {
  let free = Number(threads);
  const waiting: (() => void)[] = [];
  const run = async ({ work, first, count }: Chunk): Promise<ChunkResult> => {
    // The worker gives the pool one more than it has threads.
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    const start = performance.now();
    await sleep(sleepMs(work.spec.seed, work.generation, first, meanMs));
    const busyMs = performance.now() - start;
    const next = waiting.shift();
    if (next) next();
    else free++;
    return { values: new Float32Array(count * valuesPerItem(work)), busyMs, worker: name };
  };
  return { threads: Number(threads), run, engines: ['wasm'] };
}

const pool = kind.startsWith('sleep:')
  ? sleepers(Number(kind.slice(6)))
  : await EnginePool.start({ threads: Number(threads), thread: new URL('./no-thread.js', import.meta.url) });
await RedisWorker.start({ url, prefix, name, lockMs: 5 * LOCK_MS, pool });
