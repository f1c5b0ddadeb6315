// metaplast submit: a run for a server to compute.

import { basename, extname } from 'node:path';
import type { NewRun } from '@metaplast/protocol';
import type { Command } from 'commander';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { present } from '../remote/made.js';
import { costLines } from '../remote/tables.js';
import { loadSpec, type SpecOptions } from '../spec/load.js';
import { addSpecOptions, collect, wholeNumber } from './options.js';

/** Labels and priority of a run that is made. */
export interface LabelOptions {
  name?: string;
  tag?: string[];
  notes?: string;
  priority?: number;
}

interface Options extends SpecOptions, LabelOptions, RemoteOptions {
  dryRun?: boolean;
  idempotencyKey?: string;
  wait?: boolean;
}

/** `unnamed`: what a run is called without --name. */
export function addLabelOptions(command: Command, unnamed: string): Command {
  return command
    .option('--name <name>', `what the run is called (default: ${unnamed})`)
    .option('--tag <tag>', 'a label to find it by (repeatable)', collect)
    .option('--notes <text>', 'what you want to remember of it')
    .option('--priority <n>', '0 is served first, 9 last (default: 5)', wholeNumber(0, 9));
}

export const labelsOf = ({ name, tag, notes, priority }: LabelOptions): Omit<NewRun, 'spec'> => ({
  ...(name === undefined ? {} : { name }),
  ...(tag === undefined ? {} : { tags: tag }),
  ...(notes === undefined ? {} : { notes }),
  ...(priority === undefined ? {} : { priority }),
});

export function addSubmit(program: Command): void {
  addRemoteOptions(addLabelOptions(addSpecOptions(program.command('submit')), 'its preset or file'))
    .description('submit a run to a server; prints its id')
    .option('--dry-run', 'submit nothing: say what it would cost')
    .option('--idempotency-key <key>', 'the same submission under the same key makes one run, however often it is sent')
    .option('--wait', 'show progress until it ends; exits with 0, or 1 if it failed, 130 if it was cancelled')
    .action(submit);
}

async function submit({ dryRun, idempotencyKey, wait, ...options }: Options): Promise<void> {
  const spec = loadSpec(options);
  const name = options.name ?? options.preset ?? basename(options.spec ?? '', extname(options.spec ?? ''));
  const run: NewRun = { spec, ...labelsOf({ ...options, name }) };
  await withServer(options, async (client) => {
    if (dryRun) {
      const estimate = await client.dryRun(run);
      if (options.json) printJson(estimate);
      else process.stdout.write(`${costLines(estimate)}\n`);
      return;
    }
    const made = await client.submit(run, idempotencyKey);
    await present(client, made, { ...options, wait });
  });
}
