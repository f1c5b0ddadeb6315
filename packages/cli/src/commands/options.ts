// Options that several commands have.

import { ENGINE_CHOICES } from '@metaplast/engine';
import { presetNames } from '@metaplast/training';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** More is a slip of the finger, or a machine that has yet to be built. */
const MAX_THREADS = 512;

function parseThreads(text: string): number {
  const value = Number(text);
  if (!/^\d{1,3}$/.test(text) || value < 1 || value > MAX_THREADS) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_THREADS}.`);
  }
  return value;
}

export function parseGeneration(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];

export const setOption = (): Option =>
  new Option('--set <path=value>', 'set a field of the spec, e.g. outer.generations=20 (repeatable)').argParser(collect);

export const threadsOption = (): Option =>
  new Option('--threads <n>', 'threads to compute on (default: one a core)').argParser(parseThreads);

export const engineOption = (): Option =>
  new Option('--engine <name>', 'kernel to compute on, with the same results (default: $METAPLAST_ENGINE, or auto)').choices(
    ENGINE_CHOICES,
  );

/** --preset, --spec and --set. */
export function addSpecOptions(command: Command): Command {
  return command
    .option('--preset <name>', `a spec that comes along: ${presetNames().join(', ')}`)
    .option('--spec <file>', 'a spec of your own, JSON')
    .addOption(setOption());
}
