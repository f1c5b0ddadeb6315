// What is said of a run that was just made: followed to its end, as JSON, or its id and how to follow it.

import type { Client } from '@metaplast/client';
import type { Run } from '@metaplast/protocol';
import { printable } from '../printable.js';
import { command, printJson } from './connect.js';
import { type FollowOptions, waitForRun } from './follow.js';

/** Throws what waitForRun() throws. */
export async function present(
  client: Client,
  made: Run,
  { wait, ...options }: FollowOptions & { wait?: boolean | undefined },
): Promise<void> {
  if (wait) {
    process.stderr.write(`metaplast: run ${made.id} "${printable(made.name)}"\n`);
    await waitForRun(client, made, options);
  } else if (options.json) printJson(made);
  else {
    process.stdout.write(`${made.id}\n`);
    process.stderr.write(
      `metaplast: "${printable(made.name)}" is ${made.state}; follow it with: ${command(`watch ${made.id}`, options)}\n`,
    );
  }
}
