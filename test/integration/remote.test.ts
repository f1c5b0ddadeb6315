// The command line against a server: real processes on both sides, what they print, and how they exit.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import { type Coordinator, coordinatorConfig, startCoordinator } from '@metaplast/coordinator';
import { type DryRun, type Evaluation, type Run, resolveSpec, runTrainings } from '@metaplast/protocol';
import { decodeTheta, thetaSha256 } from '@metaplast/training';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { metaplast, type Outcome, type RunOptions, temporaryFolder } from './cli.js';
import { type Served, serve } from './server.js';

const TOKEN = 'a-token-that-may-do-all';
const READ_TOKEN = 'a-token-that-may-read';
const spec = {
  seed: 31,
  network: { hidden: [8] },
  rule: { hidden: [8] },
  inner: { steps: 10, test: 32 },
  outer: { generations: 30, pairs: 16, learningRate: { warmup: 2 } },
  evaluation: { every: 10, trials: 12, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};
/** Takes longer than any test. */
const ENDLESS = ['--set', 'outer.generations=100000', '--set', 'outer.pairs=64'];

const cwd = temporaryFolder();
const port = String(20_000 + ((process.pid + 7000) % 20_000));
let server: Served;
let client: Client;
const start = (): Promise<Served> =>
  serve(join(cwd, 'data'), ['--port', port, '--threads', '1', '--max-runs', '8'], {
    METAPLAST_TOKEN: TOKEN,
    METAPLAST_READ_TOKEN: READ_TOKEN,
  });
const run = (args: readonly string[], options: Partial<RunOptions> = {}): Promise<Outcome> =>
  metaplast(args, { cwd, env: { METAPLAST_URL: `http://127.0.0.1:${port}`, METAPLAST_TOKEN: TOKEN }, ...options });
const submit = async (...args: string[]): Promise<string> => {
  const { exitCode, out, err } = await run(['submit', '--spec', 'spec.json', ...args]);
  expect([exitCode, err]).toEqual([0, expect.any(String)]);
  return out.trim();
};
const until = (id: string, done: (run: Run) => boolean): Promise<void> =>
  vi.waitFor(async () => expect(done(await client.run(id))).toBe(true), { timeout: 60_000, interval: 20 });

beforeAll(async () => {
  writeFileSync(join(cwd, 'spec.json'), JSON.stringify(spec));
  server = await start();
  client = new Client({ url: server.url, token: TOKEN });
});
afterAll(async () => {
  await server.end('SIGKILL');
  rmSync(cwd, { recursive: true });
});

describe('a submission', () => {
  it('says what it would cost, and makes nothing', async () => {
    const { exitCode, out } = await run(['submit', '--spec', 'spec.json', '--set', 'outer.pairs=20', '--dry-run', '--json']);
    expect(exitCode).toBe(0);
    const estimate = JSON.parse(out) as DryRun;
    const resolved = resolveSpec({ ...spec, outer: { ...spec.outer, pairs: 20 } });
    expect(estimate.spec).toEqual(resolved);
    expect(estimate.cost.innerTrainings).toBe(runTrainings(resolved));
    expect((await client.list()).runs).toEqual([]);
  });

  it('prints its id alone, and makes one run under one key', async () => {
    const labels = ['--name', 'keyed', '--tag', 'a/b', '--tag', 'c', '--notes', 'of a test', '--priority', '2'];
    const args = ['submit', '--spec', 'spec.json', ...labels, '--idempotency-key', 'key-1'];
    const first = await run(args);
    expect(first).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^[0-9a-f]{16}\n$/) });
    const id = first.out.trim();
    expect(first.err).toMatch(new RegExp(`^metaplast: "keyed" is \\w+; follow it with: npx metaplast watch ${id}\n$`));
    expect((await run(args)).out).toBe(first.out);
    expect(await client.run(id)).toMatchObject({
      name: 'keyed',
      tags: ['a/b', 'c'],
      notes: 'of a test',
      priority: 2,
      spec: resolveSpec(spec),
    });
    const other = await run([...args, '--set', 'seed=32']);
    expect([other.exitCode, other.err]).toEqual([2, 'metaplast: the Idempotency-Key was used for a submission with another body\n']);
    await until(id, ({ state }) => state === 'succeeded');
  });

  it('is followed to its end, and θ is the one of the command line', async () => {
    const local = await run(['train', '--spec', 'spec.json', '--out', 'local', '--threads', '1']);
    expect(local.exitCode).toBe(0);
    const expected = (JSON.parse(readFileSync(join(cwd, 'local/report.json'), 'utf8')) as { thetaSha256: string }).thetaSha256;
    const { exitCode, out, err } = await run(['submit', '--spec', 'spec.json', '--name', 'followed', '--wait']);
    expect(exitCode).toBe(0);
    const id = /^metaplast: run ([0-9a-f]{16}) "followed"\n$/.exec(err)![1]!;
    expect(out).toMatch(/Z {2}queued\n.*Z {2}starting\n/);
    expect(out).toMatch(
      /^gen 30\/30 {2}ETA 0:00 {2}meta-loss \d\.\d{3} {2}held-out \d+\.\d % \(backprop .*\) {2}\d+ trainings\/s {2}\d+ % busy$/m,
    );
    expect(out).toContain(`succeeded at generation 30/30, held-out`);
    expect(out).toContain(`θ sha256 ${expected}; fetch it with: npx metaplast download ${id}\n`);

    expect(await run(['download', 'followed', '--to', 'theta.npz'])).toMatchObject({
      exitCode: 0,
      out: 'Wrote θ of generation 30 to theta.npz\n',
    });
    expect(thetaSha256(decodeTheta(readFileSync(join(cwd, 'theta.npz'))).theta)).toBe(expected);
    const early = await run(['download', id, '--generation', '10', '--to', 'ten.json', '--json']);
    expect(JSON.parse(early.out)).toMatchObject({ run: id, path: 'ten.json', generation: 10 });
    const again = await run(['download', id, '--to', 'theta.npz']);
    expect([again.exitCode, again.err]).toEqual([2, 'metaplast: theta.npz exists; --force overwrites it\n']);
    expect((await run(['download', id, '--to', 'theta.exe'])).err).toContain('its name must end in .npz, .safetensors, .json');
    expect(existsSync(join(cwd, 'theta.exe'))).toBe(false);

    const shown = await run(['show', id.slice(0, 12)]);
    for (const line of [`id           ${id}`, 'state        succeeded', 'generation   30/30', `θ sha256     ${expected}`]) {
      expect(shown.out.replaceAll(/ +/g, ' ')).toContain(line.replaceAll(/ +/g, ' '));
    }
    const list = await run(['ls', '--name', 'follow', '--state', 'succeeded', '--json']);
    expect((JSON.parse(list.out) as Run[]).map((one) => one.id)).toEqual([id]);
    expect((await run(['ls'])).out).toMatch(new RegExp(`^${id} {3}followed +succeeded +30/30 `, 'm'));
  });
});

describe('a figure', () => {
  it('is fetched as a file, of the newest checkpoint or another', async () => {
    const id = await submit('--name', 'drawn');
    await until(id, ({ state, baseline }) => state === 'succeeded' && baseline !== null);
    const drawn = await run(['download', 'drawn', '--figure', 'meta-training']);
    expect(drawn).toMatchObject({ exitCode: 0, out: `Wrote meta-training to meta-training-${id}.svg\n`, err: '' });
    const svg = readFileSync(join(cwd, `meta-training-${id}.svg`), 'utf8');
    expect(svg).toMatch(/^<svg .*Meta-training on two moons.*seed 31.*<\/svg>\s*$/s);

    const png = await run(['download', id, '--figure', 'rule-response', '--generation', '10', '--to', 'rule.png', '--json']);
    expect(JSON.parse(png.out)).toEqual({ run: id, path: 'rule.png' });
    const bytes = readFileSync(join(cwd, 'rule.png'));
    expect(bytes.toString('latin1', 0, 8)).toBe('\x89PNG\r\n\x1a\n');
    const size = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    expect(Math.min(...size)).toBeGreaterThan(300);
    expect(bytes.toString('latin1', bytes.length - 8, bytes.length - 4)).toBe('IEND');
    const earlier = await run(['download', id, '--figure', 'rule-response', '--generation', '10', '--to', 'rule.svg']);
    expect(earlier.exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'rule.svg'), 'utf8')).toContain('after 10 generations');

    const { exitCode } = await run(['download', id, '--figure', 'meta-training', '--to', 'curves.json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'curves.json'), 'utf8')).$schema).toContain('vega-lite');
  });

  it('that there is not is refused, and no file is written', async () => {
    const id = await submit('--name', 'undrawn');
    await until(id, ({ state }) => state === 'succeeded');
    for (const [args, message] of [
      [['--figure', 'rule-response', '--to', 'no.json'], 'rule-response'],
      [['--figure', 'rule-response', '--to', 'no.svg', '--generation', '3'], 'no checkpoint 3'],
      [['--figure', 'rule-response', '--to', 'no.npz'], 'its name must end in .svg, .png, .json'],
      [['--figure', 'nothing'], 'meta-training, decision-maps, inner-training, rule-response'],
    ] as const) {
      const { exitCode, err } = await run(['download', id, ...args]);
      expect([args, exitCode]).toEqual([args, 2]);
      expect(err).toContain(message);
    }
    for (const file of ['no.json', 'no.svg', 'no.npz']) expect(existsSync(join(cwd, file))).toBe(false);
  });
});

describe('a run that goes on', () => {
  it('is left going by Ctrl-C, paused, resumed, and cancelled under somebody who waits', async () => {
    let told = 0;
    const stopped = await run(['submit', '--spec', 'spec.json', ...ENDLESS, '--name', 'long', '--wait'], {
      onOutput: (out, child) => {
        if (/^gen /m.test(out) && told++ === 0) child.kill('SIGINT');
      },
    });
    const id = /run ([0-9a-f]{16})/.exec(stopped.err)![1]!;
    expect(stopped.exitCode).toBe(130);
    expect(stopped.err).toContain(`metaplast: the run goes on; follow it again with: npx metaplast watch ${id}\n`);
    expect((await client.run(id)).state).toBe('running');

    expect((await run(['pause', 'long'])).out).toMatch(new RegExp(`^${id} {2}"long" is paused at generation \\d+/100000\n$`));
    expect((await client.run(id)).state).toBe('paused');
    const resumed = await run(['resume', id.slice(0, 10), '--json']);
    expect(JSON.parse(resumed.out)).toMatchObject([{ id, name: 'long' }]);
    await until(id, ({ state }) => state === 'running');

    let cancelled: Promise<Outcome> | undefined;
    const waiting = await run(['watch', id], {
      onOutput: (out) => {
        if (/^gen /m.test(out)) cancelled ??= run(['cancel', id]);
      },
    });
    expect((await cancelled!).out).toMatch(/"long" is cancelled at/);
    expect([waiting.exitCode, waiting.err]).toEqual([130, `metaplast: run ${id} "long" was cancelled\n`]);
    expect(waiting.out).toMatch(/^cancelled at generation \d+\/100000/m);
    const refused = await run(['pause', id]);
    expect([refused.exitCode, refused.err]).toEqual([2, expect.stringMatching(/is cancelled/)]);
  });

  it('ends watch with 1 when it fails, with the reason', async () => {
    const id = await submit(...ENDLESS, '--name', 'fails');
    await until(id, ({ generation }) => generation > 2);
    await client.pause(id);
    // As if the server had been replaced by one whose arithmetic is another.
    const db = new Database(join(cwd, 'data/metaplast.sqlite'));
    db.prepare('UPDATE runs SET kernel = ? WHERE id = ?').run('0'.repeat(64), id);
    db.close();
    await client.resume(id);
    const { exitCode, err, out } = await run(['watch', id]);
    expect([exitCode, err]).toEqual([1, expect.stringMatching(new RegExp(`^metaplast: run ${id} "fails" failed: .*kernel`))]);
    expect(out).toContain('failed at generation');
  });

  it('is watched through a kill -9 of the server, with nothing missing or twice', async () => {
    const generations = 1500;
    // Long enough that a fast machine, too, is at work on it when the server is killed.
    const id = await submit('--set', `outer.generations=${generations}`, '--name', 'survivor');
    let restarted: Promise<Served> | undefined;
    const { exitCode, out, err } = await run(['watch', 'survivor', '--since', '0', '--json'], {
      onOutput: (text) => {
        if (!/"event":"generation"/.test(text)) return;
        restarted ??= server.end('SIGKILL').then(start);
      },
    });
    server = await restarted!;
    expect([exitCode, err]).toEqual([0, expect.any(String)]);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; data: { generation: number; state: string } });
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'succeeded' } });
    const seen = events.filter(({ event }) => event === 'generation').map(({ data }) => data.generation);
    expect(seen).toEqual(Array.from({ length: generations }, (_, i) => i));
    expect(err).toContain(`metaplast: the connection to http://127.0.0.1:${port} is lost; trying again until it is back\n`);
    expect(err).toContain(`metaplast: connected to http://127.0.0.1:${port} again\n`);
    expect(await client.run(id)).toMatchObject({ attempt: 2, generation: generations });
  });
});

describe('what follows a run', () => {
  it('is forked, compared and evaluated', async () => {
    const origin = await submit('--name', 'origin');
    await until(origin, ({ state }) => state === 'succeeded');
    const { out } = await run(['fork', 'origin', '--generation', '10', '--set', 'outer.generations=40', '--name', 'fork']);
    const fork = out.trim();
    await until(fork, ({ state }) => state === 'succeeded');
    const forked = await client.run(fork);
    expect(forked.spec).toEqual({ ...resolveSpec(spec), outer: { ...resolveSpec(spec).outer, generations: 40 } });
    expect(forked).toMatchObject({ name: 'fork', generation: 40, forkedFrom: { run: origin, generation: 10 } });

    const compared = await run(['compare', 'origin', 'fork']);
    expect(compared.out).toMatch(new RegExp(`^${origin} {3}origin +succeeded +30/30 .*\n${fork} {3}fork +succeeded +40/40 `, 'm'));
    expect(compared.out.replaceAll(/ +/g, ' ')).toContain('\n/outer/generations 30 40');

    const there = await run(['evaluate', 'origin', '--trials', '24', '--json']);
    expect(there.exitCode).toBe(0);
    const evaluation = JSON.parse(there.out) as Evaluation;
    const { thetaSha256: sha256 } = await client.run(origin);
    expect(evaluation).toMatchObject({ state: 'succeeded', run: origin, generation: 30, trials: 24, thetaSha256: sha256 });
    // The same θ from its file, on the same tasks: the same numbers.
    expect((await run(['download', 'origin', '--to', 'origin.npz'])).exitCode).toBe(0);
    const file = await run(['evaluate', '--theta', 'origin.npz', '--url', server.url, '--trials', '24', '--json']);
    expect((JSON.parse(file.out) as Evaluation).results).toEqual(evaluation.results);
    const listed = async (...args: string[]): Promise<string[]> =>
      (JSON.parse((await run(['ls', '--json', '--evaluations', ...args])).out) as Evaluation[]).map(({ id }) => id);
    expect(await listed('origin')).toEqual([evaluation.id]);
    expect(await listed('--limit', '2')).toHaveLength(2);
    expect(await listed('--state', 'failed')).toEqual([]);
    const table = await run(['show', evaluation.id]);
    const { rule } = evaluation.results[0]!;
    expect(table.out).toContain(`two-moons (24)   ${(100 * rule.accuracy).toFixed(1)} ± ${(100 * rule.se).toFixed(1)} %`);
  });
});

describe('what is wrong', () => {
  let page: Server;
  let newer: Coordinator;
  beforeAll(async () => {
    page = createServer((_request, reply) => reply.setHeader('content-type', 'text/html').end('<h1>Hello</h1>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const config = coordinatorConfig({ data: join(cwd, 'newer'), port: 0, threads: 1 }, {});
    newer = await startCoordinator(config, { version: '9.9.9', logger: pino({ level: 'silent' }) });
    await client.cancel((await client.submit({ name: 'moonlight', spec })).id);
  });
  afterAll(async () => {
    page.close();
    await newer.stop();
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
    const { exitCode, err } = await run(['ls', '--tag', '?'], { env: { METAPLAST_URL: newer.url } });
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
