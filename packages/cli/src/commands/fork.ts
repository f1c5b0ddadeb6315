// metaplast fork: a new run from a checkpoint of another, with a changed spec.

import { type NewFork, resolveSpec } from '@metaplast/protocol';
import type { Command } from 'commander';
import { addRemoteOptions, type RemoteOptions, withServer } from '../remote/connect.js';
import { findRun } from '../remote/find.js';
import { present } from '../remote/made.js';
import { applyOverrides } from '../spec/overrides.js';
import { patchBetween } from '../spec/patch.js';
import { parseGeneration, setOption } from './options.js';
import { addLabelOptions, type LabelOptions, labelsOf } from './submit.js';

interface Options extends LabelOptions, RemoteOptions {
  generation?: number;
  restart?: boolean;
  set?: string[];
  idempotencyKey?: string;
  wait?: boolean;
}

export function addFork(program: Command): void {
  addRemoteOptions(addLabelOptions(program.command('fork'), 'as the run that it is made from'))
    .description('start a run from a checkpoint of another, with a changed spec; prints its id')
    .argument('<run>', 'id, the beginning of it, or name')
    .option('--generation <n>', 'checkpoint to start from (default: the newest)', parseGeneration)
    .option('--restart', 'take over θ alone: generations count from 0 again, with a new optimiser')
    .addOption(setOption())
    .option('--idempotency-key <key>', 'the same fork under the same key makes one run, however often it is sent')
    .option('--wait', 'show progress until it ends, as submit does')
    .action(fork);
}

async function fork(word: string, { generation, restart, set = [], idempotencyKey, wait, ...options }: Options): Promise<void> {
  await withServer(options, async (client) => {
    const origin = await client.run(await findRun(client, word));
    const spec = patchBetween(origin.spec, resolveSpec(applyOverrides(origin.spec, set)));
    const asked: NewFork = {
      ...labelsOf(options),
      ...(generation === undefined ? {} : { generation }),
      ...(restart === undefined ? {} : { restart }),
      ...(spec === undefined ? {} : { spec }),
    };
    const made = await client.fork(origin.id, asked, idempotencyKey);
    await present(client, made, { ...options, wait });
  });
}
