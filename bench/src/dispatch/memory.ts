// Memory of a coordinator (`metaplast train --redis`), a worker and Redis over a run of many short generations. Both collect garbage
// all the time (collect.ts): a program that has room lets it lie, and that would hide what is kept.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metaplastProcess, RedisServer, sleep, startWorker } from '@metaplast/rig';
import { RunStore } from '@metaplast/training';
import { COLLECTING } from '../collecting.js';
import { quantile, redisField, residentMb } from './meter.js';

const SAMPLE_MS = 5000;

export interface Memory {
  minutes: number;
  generations: number;
  /** Resident, MB: median of the second tenth of the run, and of its last tenth. */
  coordinator: { early: number; late: number };
  worker: { early: number; late: number };
  redis: { early: number; late: number };
  /** [minutes, coordinator, worker, redis] */
  samples: [number, number, number, number][];
}

export async function benchMemory(minutes: number, log: (line: string) => void): Promise<Memory> {
  const redis = await RedisServer.start();
  const folder = mkdtempSync(join(tmpdir(), 'metaplast-bench-'));
  const place = ['--redis', redis.url, '--prefix', 'bench'];
  const worker = startWorker({ url: redis.url, prefix: 'bench' }, 'w0', ['--log-level', 'warn'], COLLECTING);
  const sizes = ['outer.generations=100000', 'outer.pairs=16', 'evaluation.every=1000'].flatMap((size) => ['--set', size]);
  const coordinator = metaplastProcess(['train', '--preset', 'smoke', ...sizes, ...place, '--out', join(folder, 'run')], COLLECTING);
  await coordinator.said('Meta-training');
  const samples: Memory['samples'] = [];
  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 60_000;
  while (passed() < minutes && !coordinator.over) {
    await sleep(SAMPLE_MS);
    const redisMb = (await redisField(redis, 'memory', 'used_memory')) / 2 ** 20;
    samples.push([passed(), residentMb(coordinator.pid), residentMb(worker.pid), redisMb]);
  }
  if (coordinator.over) throw new Error(`the run ended too early:\n${coordinator.output.slice(-2000)}`);
  coordinator.signal('SIGINT');
  await coordinator.ended;
  const store = RunStore.open(join(folder, 'run', 'run.sqlite'));
  const generations = store.checkpoint('run')!.generation;
  store.close();
  await worker.kill();
  await redis.end();
  rmSync(folder, { recursive: true });
  const spans = (i: 1 | 2 | 3): { early: number; late: number } => {
    const median = (from: number, to: number): number =>
      quantile(
        samples.slice(Math.floor(from * samples.length), Math.max(Math.ceil(to * samples.length), 1)).map((sample) => sample[i]),
        0.5,
      );
    return { early: median(0.1, 0.2), late: median(0.9, 1) };
  };
  const result = { minutes, generations, coordinator: spans(1), worker: spans(2), redis: spans(3), samples };
  for (const who of ['coordinator', 'worker', 'redis'] as const) {
    const { early, late } = result[who];
    log(`  ${who}: ${early.toFixed(1)} MB in the second tenth of ${minutes} minutes, ${late.toFixed(1)} MB in the last`);
  }
  return result;
}
