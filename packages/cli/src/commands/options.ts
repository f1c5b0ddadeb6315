// Options that several commands have.

import { ENGINE_CHOICES } from '@metaplast/engine';
import { presetNames } from '@metaplast/training/presets';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** More is a slip of the finger, or a machine that has yet to be built. */
const MAX_THREADS = 512;

/** Parses a whole number within bounds. */
export const wholeNumber =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };

export function parseGeneration(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** An option for which a shell offers values. What else it takes, and how it refuses the rest, is the command's affair. */
export class OfferingOption extends Option {
  constructor(
    flags: string,
    description: string,
    readonly offers: readonly string[],
  ) {
    super(flags, description);
  }
}

export const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];

export const setOption = (): Option =>
  new Option('--set <path=value>', 'set a field of the spec, e.g. outer.generations=20 (repeatable)').argParser(collect);

export const threadsOption = (): Option =>
  new Option('--threads <n>', 'threads to compute on (default: one a core)').argParser(wholeNumber(1, MAX_THREADS));

export const engineOption = (): Option =>
  new Option('--engine <name>', 'kernel to compute on, with the same results (default: $METAPLAST_ENGINE, or auto)').choices(
    ENGINE_CHOICES,
  );

export const logLevelOption = (): Option =>
  new OfferingOption('--log-level <level>', 'debug, info, warn, error or silent', ['debug', 'info', 'warn', 'error', 'silent']);

/** --preset, --spec and --set. */
export function addSpecOptions(command: Command): Command {
  return command
    .addOption(new OfferingOption('--preset <name>', `a spec that comes along: ${presetNames().join(', ')}`, presetNames()))
    .option('--spec <file>', 'a spec of your own, JSON')
    .addOption(setOption());
}
