// More slots than this machine has cores: workers that sleep in place of computing, log-normal times, one chunk in a hundred a
// straggler. Efficiency by slots, and what a chunk costs coordinator and Redis, which tells where they saturate.

import { RedisFleet } from '@metaplast/dispatch';
import { LOCK_MS, RedisServer } from '@metaplast/rig';
import { idealWallMs } from './ideal.js';
import { type Costs, measure, perGeneration } from './meter.js';
import { generationWork, startFakeWorkers } from './work.js';

const SLOTS = [16, 32, 64, 128, 256, 512] as const;
const MEAN_MS = 250;
const RUNS = 3;
const GENERATIONS = 4;
/** Chunks a slot and generation of each run. */
const CHUNKS_A_SLOT = 4;
/** Processes that the slots are shared by. */
const PROCESSES = 4;
/** What chunks are sized for, ms: see OVER_REDIS in packages/dispatch/src/redis/dispatcher.ts. */
const CHUNK_MS = 750;

export interface Scale {
  slots: number;
  runs: number;
  chunksPerGeneration: number;
  efficiency: number;
  /** What messages that take no time would make of the same chunk times. */
  idealEfficiency: number;
  chunksPerSecond: number;
  costs: Costs;
  /** Chunks a second at which a core of each would be busy all the time, and the slots that are chunks of 0.75 s. */
  saturation: { coordinator: { chunksPerSecond: number; slots: number }; redis: { chunksPerSecond: number; slots: number } };
}

export async function benchScale(log: (line: string) => void): Promise<Scale[]> {
  const results: Scale[] = [];
  log(`workers that sleep ${MEAN_MS} ms a chunk, ${RUNS} runs at the same time`);
  for (const slots of SLOTS) {
    const result = await measureScale(slots);
    results.push(result);
    const { coordinator, redis } = result.saturation;
    log(
      `  ${String(slots).padStart(4)} slots: efficiency ${result.efficiency.toFixed(3)} (${result.idealEfficiency.toFixed(3)} if messages took no time), ${result.chunksPerSecond.toFixed(0)} chunks/s; ` +
        `a core would do for ${coordinator.slots.toFixed(0)} slots as coordinator, ${redis.slots.toFixed(0)} as Redis`,
    );
  }
  return results;
}

async function measureScale(slots: number): Promise<Scale> {
  const redis = await RedisServer.start();
  const place = { url: redis.url, prefix: 'bench' };
  const fleet = await RedisFleet.connect({ ...place, lockMs: 5 * LOCK_MS });
  const workers = await startFakeWorkers(place, fleet, { workers: PROCESSES, threads: slots / PROCESSES, kind: `sleep:${MEAN_MS}` });
  const chunks = CHUNKS_A_SLOT * slots;
  const dispatchers = Array.from({ length: RUNS }, (_, i) => fleet.dispatcher({ run: `run-${i}`, epoch: 1, chunkSize: 1 }));
  const sum = await measure(redis, workers.pids, async () => {
    const run = async (i: number): Promise<void> => {
      for (let generation = 0; generation < GENERATIONS; generation++) {
        await dispatchers[i]!.evaluate(generationWork(chunks, generation, { seed: i + 1 }));
      }
    };
    await Promise.all(dispatchers.map((_, i) => run(i)));
  });
  const busyMs = dispatchers.reduce((total, dispatcher) => total + dispatcher.busyMs, 0);
  await fleet.close();
  await workers.end();
  await redis.end();
  const total = chunks * GENERATIONS * RUNS;
  const costs = perGeneration([sum], GENERATIONS * RUNS);
  const saturated = (cpuMs: number): { chunksPerSecond: number; slots: number } => {
    const chunksPerSecond = (1000 * chunks) / cpuMs;
    return { chunksPerSecond, slots: (chunksPerSecond * CHUNK_MS) / 1000 };
  };
  return {
    slots,
    runs: RUNS,
    chunksPerGeneration: chunks,
    efficiency: busyMs / (sum.wallMs * slots),
    idealEfficiency: busyMs / (idealWallMs(slots, RUNS, GENERATIONS, chunks, MEAN_MS) * slots),
    chunksPerSecond: (1000 * total) / sum.wallMs,
    costs,
    saturation: { coordinator: saturated(costs.cpuMs.coordinator), redis: saturated(costs.cpuMs.redis) },
  };
}
