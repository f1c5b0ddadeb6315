// `metaplast serve` as a process: the same θ as from the command line, also when it is killed; one coordinator a store; refusals at start.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client, ProblemError, type ServiceEvent } from '@metaplast/client';
import type { Evaluation, Run } from '@metaplast/protocol';
import { decodeTheta } from '@metaplast/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { metaplast, temporaryFolder } from './cli.js';
import { serve, type Witnessed } from './witnessed.js';

// Its last 40 generations take seconds, not milliseconds, on a fast machine, too: a kill after generation 20 must come before the end.
const spec = {
  seed: 21,
  inner: { steps: 20, test: 32 },
  outer: { generations: 60, pairs: 256, learningRate: { warmup: 2 } },
  evaluation: { every: 20, trials: 12, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

let folder: string;
let expected: string;
const open = new Set<Witnessed>();
beforeAll(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
  const { exitCode, err } = await metaplast(['train', '--spec', 'spec.json', '--out', 'cli', '--threads', '1'], { cwd: folder });
  expect([exitCode, err]).toEqual([0, expect.anything()]);
  expected = (JSON.parse(readFileSync(join(folder, 'cli', 'report.json'), 'utf8')) as { thetaSha256: string }).thetaSha256;
}, 120_000);
afterAll(async () => {
  for (const server of open) await server.end('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(data: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Witnessed> {
  const server = await serve(join(folder, data), args, env);
  open.add(server);
  return server;
}

async function submit(url: string, key: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const reply = await fetch(`${url}/v1/runs`, { method: 'POST', headers, body: JSON.stringify({ spec }) });
  expect(reply.status).toBe(202);
  return ((await reply.json()) as Run).id;
}

const show = async (url: string, id: string): Promise<Run> => (await fetch(`${url}/v1/runs/${id}`)).json() as Promise<Run>;
const until = (url: string, id: string, done: (run: Run) => boolean): Promise<void> =>
  vi.waitFor(async () => expect(done(await show(url, id))).toBe(true), { timeout: 60_000, interval: 20 });

describe('metaplast serve', () => {
  it('goes on by itself after kill -9, and ends with the θ of the command line', async () => {
    let server = await start('killed');
    const id = await submit(server.url, 'same');
    for (const generation of [5, 20]) {
      await until(server.url, id, (run) => run.generation >= generation);
      await server.end('SIGKILL');
      server = await start('killed');
      expect(await submit(server.url, 'same')).toBe(id);
    }
    await until(server.url, id, ({ state }) => state === 'succeeded');
    const run = await show(server.url, id);
    expect(run).toMatchObject({ attempt: 3, epoch: 3, generation: 60, thetaSha256: expected });
    const theta = (await (await fetch(`${server.url}/v1/runs/${id}/checkpoints/latest`)).json()) as { sha256: string };
    expect(theta.sha256).toBe(expected);
    expect(await server.end('SIGTERM')).toBe(0);
  });

  it('makes one evaluation under a key, and finishes it, when it is killed with -9 in the middle of it', async () => {
    let server = await start('evaluated');
    const run = await submit(server.url, 'parent');
    await until(server.url, run, ({ state }) => state === 'succeeded');
    const families = ['two-moons', 'circles', 'two-gaussians:generic', 'blobs'].map((family) => ({ family }));
    const wanted = { run, families, trials: 400, baselines: ['sgd'] };
    const ask = (key: string, body: object): Promise<Response> =>
      fetch(`${server.url}/v1/evaluations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      });
    const make = async (key: string): Promise<string> => {
      const reply = await ask(key, wanted);
      expect(reply.status).toBe(202);
      return ((await reply.json()) as Evaluation).id;
    };
    const becomes = (id: string, expected: object): Promise<Evaluation> =>
      vi.waitFor(
        async () => {
          const evaluation = await new Client({ url: server.url }).evaluation(id);
          expect(evaluation).toMatchObject(expected);
          return evaluation;
        },
        { timeout: 120_000, interval: 10 },
      );

    const id = await make('once');
    const { done } = await becomes(id, { state: 'running', done: expect.toSatisfy((done) => done > 0) });
    expect(done).toBeLessThan(families.length);
    await server.end('SIGKILL');
    server = await start('evaluated');
    expect(await make('once')).toBe(id);
    const reused = await ask('once', { ...wanted, trials: 401 });
    expect([reused.status, ((await reused.json()) as { code: string }).code]).toEqual([422, 'key-reused']);
    const finished = await becomes(id, { state: 'succeeded', done: 4, attempt: 2 });
    expect(await make('once')).toBe(id);
    expect((await new Client({ url: server.url }).evaluations()).evaluations.map((one) => one.id)).toEqual([id]);
    const undisturbed = await becomes(await make('other'), { state: 'succeeded', attempt: 1 });
    expect(finished.results).toEqual(undisturbed.results);
    await server.end('SIGTERM');
  });

  it('ends event streams when it stops, and they go on at the next start without gap or repetition', async () => {
    let server = await start('streamed');
    const id = await submit(server.url, 'streamed');
    const read = async (headers: Record<string, string>): Promise<string> =>
      (await fetch(`${server.url}/v1/runs/${id}/events?since=0`, { headers })).text();
    const first = read({});
    await until(server.url, id, (run) => run.generation >= 10);
    expect(await server.end('SIGTERM')).toBe(0);
    const before = await first;
    expect(before).toContain('event: stopping\n');
    const last = [...before.matchAll(/^id: (\S+)$/gm)].at(-1)![1]!;
    server = await start('streamed');
    const after = await read({ 'last-event-id': last });
    const generations = [...`${before}${after}`.matchAll(/^event: generation\nid: \S+\ndata: (.*)$/gm)];
    expect(generations.map(([, data]) => (JSON.parse(data!) as { generation: number }).generation)).toEqual(
      Array.from({ length: 60 }, (_, i) => i),
    );
    expect(after).toMatch(/event: end\nid: \S+\ndata: {"state":"succeeded"}\n\n$/);
    await server.end('SIGTERM');
  });

  it('is not kept from committing and leaving by a client that never ends its request', async () => {
    const server = await start('slow');
    const id = await submit(server.url, 'slow');
    await until(server.url, id, (run) => run.generation >= 3);
    const half = connect(Number(new URL(server.direct).port), '127.0.0.1');
    half.on('error', () => {});
    half.write('GET / HTTP/1.1\r\n');
    await vi.waitFor(() => expect(half.bytesWritten).toBeGreaterThan(0));
    const begin = performance.now();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(performance.now() - begin).toBeLessThan(10_000);
    half.destroy();
    const again = await start('slow');
    await until(again.url, id, (run) => run.state === 'succeeded');
    expect(await show(again.url, id)).toMatchObject({ thetaSha256: expected, attempt: 2 });
    await again.end('SIGTERM');
  });

  it('is followed by the client through a kill -9, and says what is wrong as an exception', async () => {
    const port = String(20_000 + (process.pid % 12_000));
    let server = await start('client', ['--port', port]);
    const client = new Client({ url: server.url });
    const { id } = await client.submit({ spec, name: 'followed' });
    const generations: number[] = [];
    let end: string | undefined;
    for await (const event of client.events(id, { since: 0 })) {
      if (event.event === 'end') end = event.data.state;
      if (event.event !== 'generation') continue;
      generations.push(event.data.generation);
      if (event.data.generation !== 10) continue;
      await server.end('SIGKILL');
      server = await start('client', ['--port', port]);
    }
    expect([end, generations]).toEqual(['succeeded', Array.from({ length: 60 }, (_, i) => i)]);
    expect((await client.run(id)).thetaSha256).toBe(expected);
    expect(decodeTheta(await client.download(id, 'npz')).generation).toBe(60);
    expect((await client.list({ limit: 1 })).runs[0]).toMatchObject({ id, name: 'followed' });
    const refused = client.pause(id);
    await expect(refused).rejects.toBeInstanceOf(ProblemError);
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'state-conflict', state: 'succeeded' });
    await expect(client.submit({ priority: -1 })).rejects.toMatchObject({ code: 'invalid-fields', errors: [{ pointer: '/priority' }] });
    await server.end('SIGTERM');
  });

  it('is followed as a whole by the client through a kill -9, and what changed meanwhile is told', async () => {
    const port = String(20_000 + ((process.pid + 3000) % 12_000));
    let server = await start('changes', ['--port', port]);
    const client = new Client({ url: server.url });
    const short = { ...spec, outer: { ...spec.outer, generations: 4 } };
    const told: ServiceEvent[] = [];
    const seen: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      const options = { signal: stop.signal, onLost: () => seen.push('lost'), onBack: () => seen.push('back') };
      for await (const event of client.changes(options)) told.push(event);
    })();
    const tells = (test: (event: ServiceEvent) => boolean): Promise<void> =>
      vi.waitFor(() => expect(told.some(test)).toBe(true), { timeout: 60_000, interval: 20 });
    await tells(({ event }) => event === 'workers');
    await server.end('SIGKILL');

    // Out of the client's sight.
    const elsewhere = await start('changes');
    const { id: missed } = await new Client({ url: elsewhere.url }).submit({ spec: short });
    await until(elsewhere.url, missed, ({ state, baseline }) => state === 'succeeded' && baseline !== null);
    await elsewhere.end('SIGTERM');
    expect(seen).not.toContain('back');
    server = await start('changes', ['--port', port]);
    await tells(({ event, data }) => event === 'run' && data.id === missed && data.state === 'succeeded');
    expect(seen.at(-1)).toBe('back');
    expect(told.filter(({ event }) => event === 'run')).toHaveLength(1);

    const { id } = await client.submit({ spec: short });
    await tells(({ event, data }) => event === 'run' && data.id === id && data.state === 'succeeded');
    const evaluation = await client.evaluateRun(id, { trials: 8, baselines: [] });
    await tells(({ event, data }) => event === 'evaluation' && data.id === evaluation.id && data.state === 'succeeded');
    await server.end('SIGKILL');
    server = await start('changes', ['--port', port]);
    await client.delete(missed);
    await tells(({ event, data }) => event === 'run-deleted' && data.id === missed);
    const positions = told.map((event) => event.id).filter((at) => at !== '');
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => Number(a) - Number(b)));
    expect(told.filter(({ event, data }) => event === 'run' && data.id === missed)).toHaveLength(1);

    stop.abort(new Error('seen enough'));
    await expect(following).rejects.toThrow('seen enough');
    await server.end('SIGTERM');
  });

  it('waits while another coordinator has the store, and takes over when that one stops', async () => {
    const first = await start('shared');
    const second = start('shared');
    const winner = await Promise.race([second, new Promise((resolve) => setTimeout(() => resolve('waiting'), 8000))]);
    expect(winner).toBe('waiting');
    await first.end('SIGTERM');
    const { url, log } = await second;
    expect(log()).toMatch(/is in use by coordinator \S+ \(its lease ends in [\d.]+ s\); waiting until it stops/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await (await second).end('SIGTERM');
  });

  it('refuses to listen to everybody without a token, in one line', async () => {
    const { exitCode, err } = await metaplast(['serve', '--host', '0.0.0.0', '--port', '0', '--data', 'no'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(err).toContain('token (METAPLAST_TOKEN): is required to listen on 0.0.0.0');
  });

  it('takes tokens from files, and never shows them', async () => {
    const token = 'secret-secret-secret';
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets', 'token'), `${token}\n`);
    const server = await start('secret', ['--host', '0.0.0.0', '--log-level', 'debug'], {
      METAPLAST_TOKEN_FILE: join(folder, 'secrets', 'token'),
    });
    const url = server.url.replace(/\/\/[^:]+/, '//127.0.0.1');
    expect((await fetch(`${url}/v1/runs`)).status).toBe(401);
    expect((await fetch(`${url}/v1/runs`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    await server.end('SIGTERM');
    expect(server.log()).not.toContain(token);
  });

  it('says all settings that are wrong', async () => {
    const { exitCode, err } = await metaplast(['serve', '--port', '99999', '--max-runs', '0', '--log-level', 'loud'], { cwd: folder });
    expect(exitCode).toBe(2);
    for (const name of ['port (METAPLAST_PORT)', 'maxRuns (METAPLAST_MAX_RUNS)', 'logLevel (METAPLAST_LOG_LEVEL)'])
      expect(err).toContain(name);
  });
});
