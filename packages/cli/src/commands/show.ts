// metaplast show: all about a run, or about an evaluation.

import { ProblemError } from '@metaplast/client';
import type { Command } from 'commander';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { findRun } from '../remote/find.js';
import { evaluationText, runText } from '../remote/tables.js';

export function addShow(program: Command): void {
  addRemoteOptions(program.command('show'))
    .description('show a run, or an evaluation')
    .argument('<run>', 'id, the beginning of it, or name of a run; or id of an evaluation')
    .action(async (word: string, options: RemoteOptions) => {
      await withServer(options, async (client) => {
        const evaluation = /^[0-9a-f]{16}$/.test(word) ? await client.evaluation(word).catch(notFound) : undefined;
        const found = evaluation ?? (await client.run(await findRun(client, word)));
        if (options.json) printJson(found);
        else process.stdout.write(`${'results' in found ? evaluationText(found) : runText(found)}\n`);
      });
    });
}

function notFound(error: unknown): undefined {
  if (!(error instanceof ProblemError && error.code === 'not-found')) throw error;
}
