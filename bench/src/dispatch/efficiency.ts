// How much of their time threads compute: real runs over worker processes of one thread, with their store, barrier and commits.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisDispatcher, RedisFleet } from '@metaplast/dispatch';
import { kernelIdentity } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { LOCK_MS, RedisServer, startWorker, until } from '@metaplast/rig';
import { RunStore, runTraining } from '@metaplast/training';

const WORKERS = [1, 2] as const;
const RUNS = [1, 3] as const;
const GENERATIONS = 40;
/** A few tenths of a second of a core and generation. */
const PAIRS = 256;

export interface Efficiency {
  workers: number;
  runs: number;
  /** Sum of chunk compute time over wall × slots, of all generations but the first two. */
  efficiency: number;
  msPerGeneration: number;
}

export async function benchEfficiency(log: (line: string) => void): Promise<Efficiency[]> {
  const results: Efficiency[] = [];
  log('real work: chunk compute time over wall × slots');
  for (const workers of WORKERS) {
    for (const runs of RUNS) {
      const measured = await measureEfficiency(workers, runs);
      results.push(measured);
      const { efficiency, msPerGeneration } = measured;
      log(`  ${workers} workers of 1 thread, ${runs} runs: ${efficiency.toFixed(3)}, ${msPerGeneration.toFixed(0)} ms a generation`);
    }
  }
  return results;
}

async function measureEfficiency(workers: number, runs: number): Promise<Efficiency> {
  const redis = await RedisServer.start();
  const folder = mkdtempSync(join(tmpdir(), 'metaplast-bench-'));
  const place = { url: redis.url, prefix: 'bench' };
  const fleet = await RedisFleet.connect({ ...place, lockMs: LOCK_MS });
  const processes = Array.from({ length: workers }, (_, i) => startWorker(place, `w${i}`));
  await until(() => fleet.slots === workers && processes.every(({ output }) => output.includes('ready')), 'all workers');
  const dispatchers = Array.from({ length: runs }, (_, i) => fleet.dispatcher({ run: `run-${i}`, epoch: 1 }));
  const busy = (): number => dispatchers.reduce((sum, { busyMs }) => sum + busyMs, 0);
  let from: { at: number; busyMs: number } | undefined;
  let to = { at: 0, busyMs: 0 };
  const one = async (dispatcher: RedisDispatcher, seed: number): Promise<void> => {
    const store = RunStore.open(join(folder, `${seed}.sqlite`));
    const spec = resolveSpec({ seed, outer: { generations: GENERATIONS, pairs: PAIRS }, evaluation: { every: GENERATIONS } });
    store.createRun({ id: 'run', name: 'run', spec, kernel: kernelIdentity() });
    const abort = new AbortController();
    await runTraining({
      store,
      runId: 'run',
      dispatcher,
      signal: abort.signal,
      onProgress: ({ generation }) => {
        if (seed === 1 && generation === 2) from = { at: performance.now(), busyMs: busy() };
        if (seed === 1 && generation === GENERATIONS - 1) to = { at: performance.now(), busyMs: busy() };
      },
    });
    store.close();
  };
  await Promise.all(dispatchers.map((dispatcher, i) => one(dispatcher, i + 1)));
  await fleet.close();
  await Promise.all(processes.map((worker) => worker.kill()));
  await redis.end();
  rmSync(folder, { recursive: true });
  const wallMs = to.at - from!.at;
  return {
    workers,
    runs,
    efficiency: (to.busyMs - from!.busyMs) / (wallMs * workers),
    msPerGeneration: wallMs / (GENERATIONS - 3),
  };
}
