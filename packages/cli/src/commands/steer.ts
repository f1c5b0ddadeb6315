// metaplast cancel, pause, resume: runs of a server, one or several.

import { ProblemError } from '@metaplast/client';
import type { Run } from '@metaplast/protocol';
import type { Command } from 'commander';
import { InputError } from '../errors.js';
import { printable } from '../printable.js';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { findRun } from '../remote/find.js';

const ACTIONS = {
  cancel: 'stop runs; what is committed stays, and resume goes on with it',
  pause: 'stop runs until they are resumed',
  resume: 'go on with paused, failed or cancelled runs',
} as const;

export function addSteer(program: Command): void {
  for (const action of Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]) {
    addRemoteOptions(program.command(action))
      .description(ACTIONS[action])
      .argument('<runs...>', 'ids, the beginnings of them, or names')
      .action((words: string[], options: RemoteOptions) => steer(action, words, options));
  }
}

async function steer(action: keyof typeof ACTIONS, words: readonly string[], options: RemoteOptions): Promise<void> {
  await withServer(options, async (client) => {
    // All must be known before anything happens to one of them.
    const ids: string[] = [];
    for (const word of words) ids.push(await findRun(client, word));
    const steered: Run[] = [];
    const refused: string[] = [];
    for (const id of ids) {
      try {
        const run = await client[action](id);
        steered.push(run);
        const { name, state, generation, generations } = run;
        if (!options.json) process.stdout.write(`${id}  "${printable(name)}" is ${state} at generation ${generation}/${generations}\n`);
      } catch (error) {
        // The others can be steered all the same.
        if (!(error instanceof ProblemError && error.code === 'state-conflict')) throw error;
        refused.push(error.message);
      }
    }
    if (options.json) printJson(steered);
    if (refused.length > 0) throw new InputError(refused.join('; '));
  });
}
