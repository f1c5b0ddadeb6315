// What the command line says when something is wrong with a server, or with what is asked of it.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Coordinator, coordinatorConfig, startCoordinator } from '@metaplast/coordinator';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READ_TOKEN, remote, spec, TOKEN } from './remote-rig.js';
import { Witness } from './witnessed.js';

const rig = remote();
const { cwd, port, run, submit } = rig;

describe('what is wrong', () => {
  let page: Server;
  let newer: Coordinator;
  let witness: Witness;
  beforeAll(async () => {
    page = createServer((_request, reply) => reply.setHeader('content-type', 'text/html').end('<h1>Hello</h1>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const config = coordinatorConfig({ data: join(cwd, 'newer'), port: 0, threads: 1 }, {});
    newer = await startCoordinator(config, { version: '9.9.9', logger: pino({ level: 'silent' }) });
    witness = await Witness.start(newer.url);
    const endless = { ...spec, outer: { ...spec.outer, generations: 100_000 } };
    await rig.client.cancel((await rig.client.submit({ name: 'moonlight', spec: endless })).id);
  });
  afterAll(async () => {
    page.close();
    await witness.stop();
    await newer.stop();
    witness.expectNoViolation();
  });

  it.each<[what: string, args: string[], env: Record<string, string>, error: string | RegExp]>([
    [
      'a server that is down',
      ['ls', '--url', 'http://127.0.0.1:2'],
      {},
      /^metaplast: cannot reach http:\/\/127\.0\.0\.1:2: nothing listens there\. Start it with "npx metaplast serve"/,
    ],
    ['a URL that is none', ['ls', '--url', 'localhost'], {}, /--url \(METAPLAST_URL\) is "localhost"; it must be a URL such as http/],
    ['no token', ['ls'], { METAPLAST_TOKEN: '' }, /wants a token: give --token or METAPLAST_TOKEN\n$/],
    ['a wrong token', ['ls', '--token', 'some-other-token-here'], {}, /does not accept the token: check --token or METAPLAST_TOKEN\n$/],
    ['a token that may only read', ['cancel', 'moonlight'], { METAPLAST_TOKEN: READ_TOKEN }, /the token may only read at http/],
    ['an unknown run', ['show', 'monlight'], {}, 'metaplast: there is no run "monlight"; did you mean moonlight?\n'],
    [
      'a run unlike any',
      ['watch', 'something-else-entirely'],
      {},
      /there is no run "something-else-entirely"; the newest are moonlight.* \(metaplast ls shows all\)/,
    ],
    ['a field that is wrong', ['submit', '--spec', 'spec.json', '--set', 'outer.pairs=-1'], {}, /\/outer\/pairs/],
    ['labels that the server refuses', ['submit', '--spec', 'spec.json', '--tag', 'not a tag'], {}, /^metaplast: refused: \/tags\/0: /],
    ['a priority that is none', ['submit', '--spec', 'spec.json', '--priority', '11'], {}, /It must be a whole number from 0 to 9/],
    [
      'labels of evaluations',
      ['ls', '--evaluations', '--tag', 'a'],
      {},
      /^metaplast: --tag and --name choose runs; evaluations are chosen by/,
    ],
    ['an evaluation of nothing', ['evaluate'], {}, /give a run of a server, --rule NAME or --theta FILE; one of them/],
    [
      'an option of the other place',
      ['evaluate', '--theta', 'theta.npz', '--trials', '20'],
      {},
      /--trials is for evaluations on a server, and this is one on this machine/,
    ],
  ])('%s', async (_, args, env, error) => {
    const url = `http://127.0.0.1:${port}`;
    const { exitCode, out, err } = await run(args, { env: { METAPLAST_URL: url, METAPLAST_TOKEN: TOKEN, ...env } });
    expect([exitCode, out]).toEqual([2, '']);
    if (typeof error === 'string') expect(err).toBe(error);
    else expect(err).toMatch(error);
    expect(err).not.toContain(TOKEN);
  });

  it('something else than metaplast', async () => {
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const { exitCode, err } = await run(['ls'], { env: { METAPLAST_URL: url } });
    expect([exitCode, err]).toEqual([
      2,
      `metaplast: ${url} is not a metaplast server: something that is not metaplast answered, with status 200\n`,
    ]);
  });

  it('another version', async () => {
    const { exitCode, err } = await run(['ls', '--tag', '?'], { env: { METAPLAST_URL: witness.url } });
    expect(exitCode).toBe(2);
    expect(err).toMatch(
      /^metaplast: refused: \/tag: .* \(the server is metaplast 9\.9\.9, this is \S+: they may not understand each other\)\n$/,
    );
  });

  it('a name that several runs have', async () => {
    const twins = [await submit('--name', 'twin'), await submit('--name', 'twin')];
    const { exitCode, err } = await run(['show', 'twin']);
    expect(exitCode).toBe(2);
    for (const id of twins) expect(err).toContain(id);
    expect(err).toMatch(/^metaplast: 2 runs are called twin: .*; give the id\n$/);
  });
});
