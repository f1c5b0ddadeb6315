// Valkey in place of Redis: the same run, through a kill. Debian 12 has it in bookworm-backports (apt-get install valkey-server);
// tests do not add package sources, so that where it is neither on PATH nor named in VALKEY_SERVER this test says that it did not run.

import { spawnSync } from 'node:child_process';
import { killAll, RedisServer, startWorker, until } from '@metaplast/rig';
import { afterEach, expect, it } from 'vitest';
import { RedisRun } from './oracle.js';

const binary = [process.env.VALKEY_SERVER, 'valkey-server'].find((path) => path && spawnSync(path, ['--version']).status === 0);
afterEach(killAll);

it('carries a run, and may be killed', async ({ skip }) => {
  if (binary === undefined) return skip('no valkey-server: install it, or name it in VALKEY_SERVER');
  const valkey = await RedisServer.start({ binary });
  const run = await RedisRun.start(valkey.url);
  startWorker(run, 'w0');
  await until(() => run.generation >= 2, 'generation 2');
  await valkey.kill();
  valkey.begin();
  await run.endsAsUndisturbed();
  expect(await valkey.client.info('server')).toMatch(/^valkey_version:/m);
  await valkey.end();
});
