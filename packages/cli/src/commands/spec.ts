// metaplast spec: the resolved spec as JSON, with every default written out.

import type { Command } from 'commander';
import { loadSpec, type SpecOptions } from '../spec/load.js';
import { addSpecOptions } from './options.js';

export function addSpec(program: Command): void {
  addSpecOptions(program.command('spec'))
    .description('check a spec and print it with every default filled in')
    .action((options: SpecOptions) => {
      process.stdout.write(`${JSON.stringify(loadSpec(options), null, 2)}\n`);
    });
}
