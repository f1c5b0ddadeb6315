// What a stretch of work costs: time, Redis commands and bytes, and the processor time of everybody concerned.

import { readFileSync } from 'node:fs';
import type { RedisServer } from '@metaplast/rig';

/** Totals since a start; times in ms. */
export interface Costs {
  wallMs: number;
  /** Commands that Redis ran, those inside scripts included. */
  commands: number;
  bytesToRedis: number;
  bytesFromRedis: number;
  cpuMs: { coordinator: number; redis: number; workers: number };
}

/** A clock tick of /proc, ms. */
const TICK_MS = 10;

/** Processor time of a process so far, ms; Linux only, 0 elsewhere. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return TICK_MS * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

/** Resident memory of a process, MB; Linux only, 0 elsewhere. */
export function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export async function redisField(redis: RedisServer, section: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(.*)`, 'm').exec(await redis.client.info(section))?.[1] ?? 0);
}

export async function redisVersion(redis: RedisServer): Promise<string> {
  return /^redis_version:(\S+)/m.exec(await redis.client.info('server'))?.[1] ?? 'unknown';
}

async function totals(redis: RedisServer, workers: readonly number[]): Promise<Costs> {
  const stats = await redis.client.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_([\w|-]+):calls=(\d+)/gm)].filter(([, name]) => name !== 'info');
  const { user, system } = process.cpuUsage();
  return {
    wallMs: performance.now(),
    commands: calls.reduce((sum, [, , count]) => sum + Number(count), 0),
    bytesToRedis: await redisField(redis, 'stats', 'total_net_input_bytes'),
    bytesFromRedis: await redisField(redis, 'stats', 'total_net_output_bytes'),
    cpuMs: {
      coordinator: (user + system) / 1000,
      redis: cpuMs(redis.pid),
      workers: workers.reduce((sum, pid) => sum + cpuMs(pid), 0),
    },
  };
}

/** What `body` costs. This process is the coordinator. */
export async function measure(redis: RedisServer, workers: readonly number[], body: () => Promise<void>): Promise<Costs> {
  const before = await totals(redis, workers);
  await body();
  const after = await totals(redis, workers);
  return zip((x, y) => y - x, before, after);
}

function zip(f: (x: number, y: number) => number, a: Costs, b: Costs): Costs {
  const { coordinator, redis, workers } = a.cpuMs;
  return {
    wallMs: f(a.wallMs, b.wallMs),
    commands: f(a.commands, b.commands),
    bytesToRedis: f(a.bytesToRedis, b.bytesToRedis),
    bytesFromRedis: f(a.bytesFromRedis, b.bytesFromRedis),
    cpuMs: { coordinator: f(coordinator, b.cpuMs.coordinator), redis: f(redis, b.cpuMs.redis), workers: f(workers, b.cpuMs.workers) },
  };
}

/** The sum of several, shared by so many generations. */
export function perGeneration(costs: readonly Costs[], generations: number): Costs {
  const sum = costs.reduce((a, b) => zip((x, y) => x + y, a, b));
  return zip((x) => x / generations, sum, sum);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}
