// metaplast train: any spec; the same files as quickstart.

import { basename, extname, join } from 'node:path';
import type { EngineChoice } from '@metaplast/engine';
import type { Command } from 'commander';
import { InputError } from '../errors.js';
import { storedSpec } from '../run/folder.js';
import { trainInto } from '../run/train.js';
import { loadSpec, type SpecOptions } from '../spec/load.js';
import { addSpecOptions, engineOption, threadsOption } from './options.js';

interface Options extends SpecOptions {
  out?: string;
  threads?: number;
  engine?: EngineChoice;
  redis?: string;
  prefix?: string;
}

export function addTrain(program: Command): void {
  addSpecOptions(program.command('train'))
    .description('meta-train a rule, or go on with the run of a folder')
    .option('--out <dir>', 'folder of the run (default: out/ and the name of preset or file)')
    .addOption(threadsOption())
    .addOption(engineOption())
    .option('--redis <url>', 'compute on the workers that use this Redis (see metaplast worker)')
    .option('--prefix <prefix>', 'of all keys in Redis (default: metaplast)')
    .action(async ({ out, threads, engine, redis, prefix, ...options }: Options) => {
      if (redis !== undefined && (threads ?? engine) !== undefined)
        throw new InputError('--threads and --engine are of this machine; with --redis the workers compute, and have their own');
      if (redis === undefined && prefix !== undefined) throw new InputError('--prefix is of keys in Redis: it needs --redis');
      const name = options.preset ?? basename(options.spec ?? out ?? '', extname(options.spec ?? ''));
      const fallback = out === undefined || options.preset || options.spec ? undefined : storedSpec(out);
      const spec = loadSpec(options, fallback);
      await trainInto({
        spec,
        name,
        folder: out ?? join('out', name),
        threads,
        engine,
        redis: redis === undefined ? undefined : { url: redis, prefix },
      });
    });
}
