// Overhead of a generation: chunks that compute nothing, one pair each, over two workers of one thread; beside it BullMQ and nothing else.

import { RedisFleet } from '@metaplast/dispatch';
import { LOCK_MS, RedisServer } from '@metaplast/rig';
import { startBare } from './bare.js';
import { type Costs, measure, perGeneration, quantile } from './meter.js';
import { generationWork, startFakeWorkers } from './work.js';

const CHUNKS = [16, 64, 256, 1024] as const;
const ROUNDS = 5;
/** Chunks that each side has in a round at least. */
const LEAST = 1024;

/** Of a generation. */
interface Side {
  ms: { low: number; median: number; high: number };
  /** On average. */
  costs: Costs;
}

export interface Overhead {
  chunks: number;
  /** Of each side. */
  generations: number;
  metaplast: Side;
  bare: Side;
  /** Wall time of metaplast over that of bare BullMQ: of a round, quartiles and median. */
  ratio: { low: number; median: number; high: number };
}

export async function benchOverhead(log: (line: string) => void): Promise<Overhead[]> {
  const redis = await RedisServer.start();
  const place = { url: redis.url, prefix: 'bench' };
  const fleet = await RedisFleet.connect({ ...place, lockMs: 5 * LOCK_MS });
  const workers = await startFakeWorkers(place, fleet, { workers: 2, threads: 1, kind: 'none' });
  const dispatcher = fleet.dispatcher({ run: 'none', epoch: 1, chunkSize: 1 });
  const bare = await startBare(redis);
  let number = 0;
  const ours = async (chunks: number): Promise<void> => void (await dispatcher.evaluate(generationWork(chunks, number++)));
  const theirs = (chunks: number): Promise<void> => bare.generation(chunks, number++);
  const results: Overhead[] = [];
  log('no-op chunks, 2 workers of 1 thread, metaplast and bare BullMQ in turn');
  for (const chunks of CHUNKS) {
    const each = Math.ceil(LEAST / chunks);
    const rounds: [Costs, Costs][] = [];
    const times: [number[], number[]] = [[], []];
    const block = (body: (chunks: number) => Promise<void>, pids: readonly number[], ms: number[]): Promise<Costs> =>
      measure(redis, pids, async () => {
        for (let i = 0; i < each; i++) {
          const start = performance.now();
          await body(chunks);
          ms.push(performance.now() - start);
        }
      });
    for (let i = 0; i <= ROUNDS; i++) {
      rounds.push([await block(ours, workers.pids, times[0]), await block(theirs, bare.pids, times[1])]);
      if (i > 0) continue; // the first round is for warming up
      rounds.length = times[0].length = times[1].length = 0;
    }
    const generations = ROUNDS * each;
    const [metaplast, peer] = [0, 1].map((side) => ({
      ms: quartiles(times[side]!),
      costs: perGeneration(
        rounds.map((round) => round[side]!),
        generations,
      ),
    })) as [Side, Side];
    const ratio = quartiles(rounds.map(([a, b]) => a.wallMs / b.wallMs));
    results.push({ chunks, generations, metaplast, bare: peer, ratio });
    log(
      `  ${String(chunks).padStart(4)} chunks: ${ratio.median.toFixed(2)} times bare BullMQ (quartiles ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
    );
    log(`       metaplast ${describe(metaplast, chunks)}`);
    log(`       bare      ${describe(peer, chunks)}`);
  }
  await fleet.close();
  await bare.end();
  await workers.end();
  await redis.end();
  return results;
}

const quartiles = (values: readonly number[]): Overhead['ratio'] => {
  const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(values, q)) as [number, number, number];
  return { low, median, high };
};

function describe({ ms, costs }: Side, chunks: number): string {
  const { coordinator, redis, workers } = costs.cpuMs;
  return (
    `${ms.median.toFixed(1)} ms (quartiles ${ms.low.toFixed(1)} to ${ms.high.toFixed(1)}); a chunk: ${(costs.commands / chunks).toFixed(1)} commands, ` +
    `${(costs.bytesToRedis / chunks).toFixed(0)} bytes to Redis, ${(costs.bytesFromRedis / chunks).toFixed(0)} from it, ` +
    `CPU ms ${(coordinator / chunks).toFixed(3)} coordinator, ${(redis / chunks).toFixed(3)} Redis, ${(workers / chunks).toFixed(3)} workers`
  );
}
