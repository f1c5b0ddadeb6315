// metaplast compare: runs of a server side by side, and where their specs differ.

import type { Command } from 'commander';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { findRun } from '../remote/find.js';
import { comparisonText } from '../remote/tables.js';

export function addCompare(program: Command): void {
  addRemoteOptions(program.command('compare'))
    .description('compare runs: how good they are, and where their specs differ')
    .argument('<runs...>', 'ids, the beginnings of them, or names')
    .action(async (words: string[], options: RemoteOptions) => {
      await withServer(options, async (client) => {
        const ids: string[] = [];
        for (const word of words) ids.push(await findRun(client, word));
        const comparison = await client.compare(ids);
        if (options.json) printJson(comparison);
        else process.stdout.write(`${comparisonText(comparison)}\n`);
      });
    });
}
