// The odd processes of the fault tests: workers with a peculiarity, coordinators that kill themselves, short trainings.

import { fileURLToPath } from 'node:url';
import { LOCK_MS, metaplastProcess, Process, type RedisPlace } from '@metaplast/rig';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** A worker whose threads run fixtures/`thread`, or that says it has another kernel. */
export function startOddWorker({ url, prefix }: RedisPlace, name: string, options: { thread?: string; kernel?: string }): Process {
  const { thread, kernel = '' } = options;
  return new Process([fixture('odd-worker.mjs'), url, prefix, name, String(LOCK_MS), thread ? fixture(thread) : '', kernel]);
}

export interface CoordinatorOptions {
  /** Step and generation at which it kills itself, e.g. "partial:3". */
  killAt?: string;
  env?: Record<string, string>;
  /** Words before the command, e.g. a limit. */
  shell?: string;
}

/** A coordinator process on a store; see fixtures/coordinator.mjs. */
export function startCoordinator({ url, prefix }: RedisPlace, store: string, spec: unknown, options: CoordinatorOptions = {}): Process {
  const { killAt = '', env = {}, shell = '' } = options;
  return new Process([fixture('coordinator.mjs'), url, prefix, store, JSON.stringify(spec), killAt], env, shell);
}

/** metaplast train of a short run, with whatever says where it is computed. */
export function startTrain(flags: readonly string[]): Process {
  const sizes = ['outer.generations=60', 'outer.pairs=48', 'inner.steps=50', 'network.hidden=[32]', 'evaluation.every=10'];
  return metaplastProcess(['train', '--preset', 'smoke', ...sizes.flatMap((size) => ['--set', size]), ...flags]);
}
