// Overhead of a generation: chunks that compute nothing, one pair each, over two workers of one thread.

import { RedisFleet } from '@metaplast/dispatch';
import { LOCK_MS, RedisServer } from '@metaplast/rig';
import { type Costs, measure, quantile } from './meter.js';
import { generationWork, startFakeWorkers } from './work.js';

const CHUNKS = [16, 64, 256, 1024] as const;
/** Chunks a timing has at least, over all its generations. */
const LEAST = 4096;

export interface Overhead {
  chunks: number;
  generations: number;
  /** Of a generation. */
  ms: { low: number; median: number; high: number };
  /** Of a generation, on average. */
  costs: Costs;
}

export async function benchOverhead(log: (line: string) => void): Promise<Overhead[]> {
  const redis = await RedisServer.start();
  const place = { url: redis.url, prefix: 'bench' };
  const fleet = await RedisFleet.connect({ ...place, lockMs: 5 * LOCK_MS });
  const workers = await startFakeWorkers(place, fleet, { workers: 2, threads: 1, kind: 'none' });
  const dispatcher = fleet.dispatcher({ run: 'none', epoch: 1, chunkSize: 1 });
  const results: Overhead[] = [];
  log('no-op chunks, 2 workers of 1 thread');
  for (const chunks of CHUNKS) {
    const generations = Math.ceil(LEAST / chunks);
    for (let i = 0; i < generations / 4; i++) await dispatcher.evaluate(generationWork(chunks, i));
    const times: number[] = [];
    const sum = await measure(redis, workers.pids, async () => {
      for (let i = 0; i < generations; i++) {
        const start = performance.now();
        await dispatcher.evaluate(generationWork(chunks, i));
        times.push(performance.now() - start);
      }
    });
    const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(times, q)) as [number, number, number];
    const costs = perGeneration(sum, generations);
    results.push({ chunks, generations, ms: { low, median, high }, costs });
    const { coordinator, redis: server, workers: both } = costs.cpuMs;
    log(
      `  ${String(chunks).padStart(4)} chunks: ${median.toFixed(1)} ms (quartiles ${low.toFixed(1)} to ${high.toFixed(1)}); a chunk: ` +
        `${(costs.commands / chunks).toFixed(1)} commands, ${(costs.bytesToRedis / chunks).toFixed(0)} bytes to Redis, ` +
        `${(costs.bytesFromRedis / chunks).toFixed(0)} from it, CPU ms ${(coordinator / chunks).toFixed(3)} coordinator, ` +
        `${(server / chunks).toFixed(3)} Redis, ${(both / chunks).toFixed(3)} workers`,
    );
  }
  await fleet.close();
  await workers.end();
  await redis.end();
  return results;
}

export function perGeneration({ wallMs, commands, bytesToRedis, bytesFromRedis, cpuMs }: Costs, generations: number): Costs {
  return {
    wallMs: wallMs / generations,
    commands: commands / generations,
    bytesToRedis: bytesToRedis / generations,
    bytesFromRedis: bytesFromRedis / generations,
    cpuMs: {
      coordinator: cpuMs.coordinator / generations,
      redis: cpuMs.redis / generations,
      workers: cpuMs.workers / generations,
    },
  };
}
