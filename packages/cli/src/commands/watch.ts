// metaplast watch: a run's progress until it ends, through restarts of the server.

import type { Command } from 'commander';
import { addRemoteOptions, withServer } from '../remote/connect.js';
import { findRun } from '../remote/find.js';
import { type FollowOptions, printEvents, waitForRun } from '../remote/follow.js';
import { parseGeneration } from './options.js';

export function addWatch(program: Command): void {
  addRemoteOptions(program.command('watch'))
    .description('follow a run until it ends; exits with 0, or 1 if it failed, 130 if it was cancelled')
    .argument('<run>', 'id, the beginning of it, or name')
    .option('--since <generation>', 'from this generation on (default: from the next)', parseGeneration)
    .addHelpText('after', '\nWith --json every event is a line of its own. Ctrl-C stops watching; the run goes on.')
    .action(async (word: string, options: FollowOptions) => {
      await withServer(options, async (client) => {
        const run = await client.run(await findRun(client, word));
        await (options.json ? printEvents : waitForRun)(client, run, options);
      });
    });
}
