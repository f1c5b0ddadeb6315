// What docs/remote.md and examples/remote.py show of the API is run as it stands, against a server that wants a token.

import { type ExecFileException, execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@metaplast/client';
import type { Metrics, Problem, Run } from '@metaplast/protocol';
import { decodeTheta, thetaSha256 } from '@metaplast/training';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './cli.js';
import { findPython, needCurl } from './programs.js';
import { serve, type Witnessed } from './witnessed.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const TOKEN = 'a-token-for-examples';
const cwd = temporaryFolder();
let server: Witnessed;
let client: Client;
const program = (command: string, args: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, METAPLAST_URL: server.url, METAPLAST_TOKEN: TOKEN };
    execFile(command, args, { cwd, env, encoding: 'utf8' }, (error: ExecFileException | null, out, err) =>
      resolve({ exitCode: error ? Number(error.code) : 0, out, err }),
    );
  });
beforeAll(async () => {
  server = await serve(join(cwd, 'data'), [], { METAPLAST_TOKEN: TOKEN });
  client = new Client({ url: server.url, token: TOKEN });
});
afterAll(async () => {
  await server.end('SIGKILL');
  rmSync(cwd, { recursive: true });
});

/** Generations of all events in a stream. */
const generationsIn = (stream: string): number[] =>
  [...stream.matchAll(/^event: generation\nid: \S+\ndata: (.*)$/gm)].map(
    ([, data]) => (JSON.parse(data!) as { generation: number }).generation,
  );
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

it('the walk-through with curl', async () => {
  needCurl();
  const blocks = [...readFileSync(join(root, 'docs/remote.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  const { exitCode, out, err } = await program('sh', ['-e', '-c', blocks.join('\necho "\n=== "\n')]);
  expect([exitCode, err]).toEqual([0, 'curl: (22) The requested URL returned error: 409\n']);
  const [setUp, dryRun, submitted, followed, resumed, states, , paused, managed, ...more] = out.split('\n=== \n');
  expect([setUp, submitted?.trim(), more]).toEqual(['', '', []]);
  expect(JSON.parse(dryRun!)).toMatchObject({ cost: { innerTrainings: 40 * 16 * 2 } });
  expect(generationsIn(followed!)).toEqual(range(0, 40));
  expect(followed).toMatch(/event: end\nid: \S+\ndata: {"state":"succeeded"}\n\n$/);
  expect(generationsIn(resumed!)).toEqual(range(30, 40));
  const [run, metrics] = states!
    .replace('}{', '}\n{')
    .split('\n')
    .map((line) => JSON.parse(line) as Run & Metrics);
  expect(run).toMatchObject({ name: 'small', tags: ['demo'], state: 'succeeded', generation: 40 });
  expect(metrics!.points.map(({ generation }) => generation)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 39]);
  const file = decodeTheta(readFileSync(join(cwd, 'theta.npz')));
  expect([file.generation, thetaSha256(file.theta)]).toEqual([40, run!.thetaSha256]);
  expect(out).toContain('\n=== \n304\n\n=== \n');
  const [problem, exit] = paused!.split('\n').flatMap((text) => text.split(/(?=curl exited)/));
  expect(JSON.parse(problem!) as Problem).toMatchObject({ status: 409, code: 'state-conflict', state: 'succeeded' });
  expect(exit).toBe('curl exited with 22');
  expect(managed).toContain('"name":"done"');
  await expect(client.run(run!.id)).rejects.toMatchObject({ code: 'not-found' });
});

it('remote.py submits, follows and loads θ', async () => {
  const python = findPython();
  const script = join(root, 'examples/remote.py');
  const { exitCode, out, err } = await program(python, [script]);
  expect([exitCode, err]).toEqual([0, '']);
  const id = /^run ([0-9a-f]{16})\n/.exec(out)![1]!;
  const { state, generation, thetaSha256: sha256, name } = await client.run(id);
  expect({ state, generation, name }).toEqual({ state: 'succeeded', generation: 40, name: 'from python' });
  const { points } = await client.metrics(id);
  const mean = (from: number): string => (points.slice(from, from + 5).reduce((sum, { meanLoss }) => sum + meanLoss, 0) / 5).toFixed(3);
  expect(out).toContain(`40 generations, mean meta-loss of the first and last five: ${mean(0)}, ${mean(35)}\n`);
  const { theta } = decodeTheta(await client.download(id, 'npz'));
  const norm = Math.hypot(...theta).toFixed(4);
  expect(out).toContain(`theta: ${theta.length} numbers of float32, generation 40, norm ${norm}, sha256 ${sha256}\n`);

  writeFileSync(join(cwd, 'wrong.json'), '{"outer": {"pairs": -1}}');
  const refused = await program(python, [script, 'wrong.json']);
  expect([refused.exitCode, refused.out]).toEqual([1, '']);
  expect(refused.err).toMatch(/^Fields are invalid: .*\n {2}\/spec\/outer\/pairs: /);
});
