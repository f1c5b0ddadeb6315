// metaplast ls: the runs of a server, or its evaluations.

import { RUN_STATES } from '@metaplast/protocol';
import type { Command } from 'commander';
import { InputError } from '../errors.js';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { allEvaluations, allRuns, findRun } from '../remote/find.js';
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
    .option('--tag <tag>', 'only runs with this tag')
    .option('--name <text>', 'only runs with this in their name')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000_000), 50)
    .option('--evaluations [run]', 'evaluations in place of runs, of all or of one run')
    .action(list);
}

async function list({ limit, evaluations, ...options }: Options): Promise<void> {
  await withServer(options, async (client) => {
    const { state, tag, name, json } = options;
    const inState = state === undefined ? {} : { state };
    if (evaluations) {
      if (tag !== undefined || name !== undefined)
        throw new InputError('--tag and --name choose runs; evaluations are chosen by run and --state');
      const ofRun = typeof evaluations === 'string' ? { run: await findRun(client, evaluations) } : {};
      show(await first(limit, allEvaluations(client, { ...inState, ...ofRun })), evaluationRows, json);
    } else {
      const labelled = { ...(tag === undefined ? {} : { tag }), ...(name === undefined ? {} : { name }) };
      show(await first(limit, allRuns(client, { ...inState, ...labelled })), runRows, json);
    }
  });
}

/** What is left out is said, on the other stream. */
async function first<T>(limit: number, all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) if (found.push(one) > limit) break;
  if (found.length > limit) process.stderr.write(`There are more than ${limit}; --limit shows them.\n`);
  return found.slice(0, limit);
}

function show<T>(found: T[], rows: (found: readonly T[]) => string[][], json: boolean | undefined): void {
  if (json) printJson(found);
  else process.stdout.write(`${columns(rows(found), [0, 1, 2])}\n`);
}
