// metaplast quickstart: the main result, from nothing, in a few minutes.

import type { EngineChoice } from '@metaplast/engine';
import type { Command } from 'commander';
import { trainInto } from '../run/train.js';
import { loadSpec } from '../spec/load.js';
import { engineOption, setOption, threadsOption } from './options.js';

interface Options {
  out: string;
  threads?: number;
  engine?: EngineChoice;
  set?: string[];
}

export function addQuickstart(program: Command): void {
  program
    .command('quickstart')
    .description('meta-train the rule on two-moons, compare it with tuned backprop, write the proof')
    .option('--out <dir>', 'folder of the run', 'out/quickstart')
    .addOption(threadsOption())
    .addOption(engineOption())
    .addOption(setOption())
    .action(async ({ out, threads, engine, set = [] }: Options) => {
      await trainInto({ spec: loadSpec({ preset: 'quickstart', set }), name: 'quickstart', folder: out, threads, engine });
    });
}
