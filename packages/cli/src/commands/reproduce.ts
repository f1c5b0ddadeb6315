// metaplast reproduce paper: meta-trains several seeds of a preset, studies their rules, and writes figures, tables and data.

import { join, parse } from 'node:path';
import type { EngineChoice } from '@metaplast/engine';
import { Argument, type Command, Option } from 'commander';
import { reproduceInto } from '../run/reproduce.js';
import { loadSpec, type SpecOptions } from '../spec/load.js';
import { addSpecOptions, engineOption, threadsOption, wholeNumber } from './options.js';

interface Options extends SpecOptions {
  seeds: number;
  trials: number;
  out?: string;
  threads?: number;
  engine?: EngineChoice;
}

export function addReproduce(program: Command): void {
  addSpecOptions(program.command('reproduce'))
    .description('meta-train several seeds, hold the rules against every control, and write figures, data and the table of statements')
    .addArgument(new Argument('<what>', 'what to reproduce').choices(['paper']))
    .addOption(new Option('--seeds <n>', 'meta-training seeds, from the spec’s on').argParser(wholeNumber(1, 100)).default(5))
    .addOption(
      new Option('--trials <n>', 'tasks behind the curves along the inner training').argParser(wholeNumber(2, 100_000)).default(100),
    )
    .option('--out <dir>', 'folder to write to (default: out/reproduce- and the name of preset or file)')
    .addOption(threadsOption())
    .addOption(engineOption())
    .action(async (_what: string, { seeds, trials, out, threads, engine, ...options }: Options) => {
      const preset = options.preset ?? (options.spec === undefined ? 'paper' : undefined);
      const spec = loadSpec(preset === undefined ? options : { ...options, preset });
      const name = preset ?? parse(options.spec!).name;
      await reproduceInto({ spec, name, seeds, trials, folder: out ?? join('out', `reproduce-${name}`), threads, engine });
    });
}
