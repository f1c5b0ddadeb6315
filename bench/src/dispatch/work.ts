// Works to dispatch, and worker processes that pretend to compute them.

import { fileURLToPath } from 'node:url';
import type { RedisFleet } from '@metaplast/dispatch';
import { initialTheta } from '@metaplast/plasticity';
import { type GenerationWork, type PartialRunSpec, resolveSpec } from '@metaplast/protocol';
import { Process, type RedisPlace, until } from '@metaplast/rig';

const FAKE_WORKER = fileURLToPath(new URL('./fake-worker.js', import.meta.url));

/** A generation of a default run with so many pairs. */
export function generationWork(pairs: number, generation: number, over: PartialRunSpec = {}): GenerationWork {
  const spec = resolveSpec({ ...over, outer: { ...over.outer, pairs } });
  return { kind: 'generation', spec, generation, sigma: 0.03, theta: initialTheta(spec) };
}

export interface FakeWorkers {
  pids: number[];
  end(): Promise<void>;
}

/** Starts processes of fake-worker.ts and waits until the fleet knows all of them. */
export async function startFakeWorkers(
  { url, prefix }: RedisPlace,
  fleet: RedisFleet,
  { workers, threads, kind }: { workers: number; threads: number; kind: 'none' | `sleep:${number}` },
): Promise<FakeWorkers> {
  const processes = Array.from({ length: workers }, (_, i) => new Process([FAKE_WORKER, url, prefix, `fake-${i}`, String(threads), kind]));
  await until(() => fleet.slots === workers * threads, 'all workers');
  return {
    pids: processes.map(({ pid }) => pid),
    end: async () => {
      await Promise.all(processes.map((one) => one.kill()));
    },
  };
}
