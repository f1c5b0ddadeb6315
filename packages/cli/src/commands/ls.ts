// metaplast ls: the runs of a server, or its evaluations.

import { RUN_STATES, type RunSummary } from '@metaplast/protocol';
import type { Command } from 'commander';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { allRuns, findRun } from '../remote/find.js';
import { evaluationRows, runRows } from '../remote/tables.js';
import { columns } from '../run/columns.js';
import { OfferingOption, wholeNumber } from './options.js';

interface Options extends RemoteOptions {
  state?: string;
  tag?: string;
  name?: string;
  limit: number;
  evaluations?: boolean | string;
}

export function addLs(program: Command): void {
  addRemoteOptions(program.command('ls'))
    .description('list runs, newest first')
    .addOption(new OfferingOption('--state <state>', 'only those in this state, e.g. running', RUN_STATES))
    .option('--tag <tag>', 'only those with this tag')
    .option('--name <text>', 'only those with this in their name')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000_000), 50)
    .option('--evaluations [run]', 'evaluations in place of runs, of all or of one run')
    .action(list);
}

async function list({ limit, evaluations, ...options }: Options): Promise<void> {
  await withServer(options, async (client) => {
    if (evaluations) {
      const run = typeof evaluations === 'string' ? { run: await findRun(client, evaluations) } : {};
      const found = (await client.evaluations({ ...run, limit: Math.min(limit, 200) })).evaluations;
      if (options.json) printJson(found);
      else process.stdout.write(`${columns(evaluationRows(found), [0, 1, 2])}\n`);
      return;
    }
    const { state, tag, name } = options;
    const query = {
      ...(state === undefined ? {} : { state }),
      ...(tag === undefined ? {} : { tag }),
      ...(name === undefined ? {} : { name }),
    };
    const runs: RunSummary[] = [];
    for await (const run of allRuns(client, query)) if (runs.push(run) === limit) break;
    if (options.json) printJson(runs);
    else process.stdout.write(`${columns(runRows(runs), [0, 1, 2])}\n`);
  });
}
