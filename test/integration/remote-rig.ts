// The command line against a server: real processes on both sides.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import type { Run } from '@metaplast/protocol';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { metaplast, type Outcome, type RunOptions, temporaryFolder } from './cli.js';
import { serve, type Witnessed } from './witnessed.js';

export const TOKEN = 'a-token-that-may-do-all';
export const READ_TOKEN = 'a-token-that-may-read';
export const spec = {
  seed: 31,
  network: { hidden: [8] },
  rule: { hidden: [8] },
  inner: { steps: 10, test: 32 },
  outer: { generations: 30, pairs: 16, learningRate: { warmup: 2 } },
  evaluation: { every: 10, trials: 12, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

export interface Remote {
  cwd: string;
  port: string;
  server: Witnessed;
  client: Client;
  start(): Promise<Witnessed>;
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Outcome>;
  submit(...args: string[]): Promise<string>;
  until(id: string, done: (run: Run) => boolean): Promise<void>;
}

/** A server for the tests of a file, which find spec.json in `cwd`. Its port stays when it is started again. */
export function remote(): Remote {
  const cwd = temporaryFolder();
  const port = String(20_000 + ((process.pid + 7000) % 12_000));
  const env = { METAPLAST_TOKEN: TOKEN, METAPLAST_READ_TOKEN: READ_TOKEN };
  const start = (): Promise<Witnessed> => serve(join(cwd, 'data'), ['--port', port, '--threads', '1', '--max-runs', '8'], env);
  const run: Remote['run'] = (args, options = {}) =>
    metaplast(args, { cwd, env: { METAPLAST_URL: `http://127.0.0.1:${port}`, METAPLAST_TOKEN: TOKEN }, ...options });
  const submit: Remote['submit'] = async (...args) => {
    const { exitCode, out, err } = await run(['submit', '--spec', 'spec.json', ...args]);
    expect([exitCode, err]).toEqual([0, expect.any(String)]);
    return out.trim();
  };
  const until: Remote['until'] = (id, done) =>
    vi.waitFor(async () => expect(done(await rig.client.run(id))).toBe(true), { timeout: 60_000, interval: 20 });
  const rig = { cwd, port, start, run, submit, until } as Remote;
  beforeAll(async () => {
    writeFileSync(join(cwd, 'spec.json'), JSON.stringify(spec));
    rig.server = await start();
    rig.client = new Client({ url: rig.server.url, token: TOKEN });
  });
  afterAll(async () => {
    await rig.server.end('SIGKILL');
    rmSync(cwd, { recursive: true });
  });
  return rig;
}
