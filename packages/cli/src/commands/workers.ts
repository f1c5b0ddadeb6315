// metaplast workers: who computes for a server.

import type { Command } from 'commander';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { workersText } from '../remote/tables.js';

export function addWorkers(program: Command): void {
  addRemoteOptions(program.command('workers'))
    .description('list who computes for a server')
    .action(async (options: RemoteOptions) => {
      await withServer(options, async (client) => {
        const workers = await client.workers();
        if (options.json) printJson(workers);
        else process.stdout.write(`${workersText(workers)}\n`);
      });
    });
}
