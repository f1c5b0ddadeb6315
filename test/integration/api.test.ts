// The HTTP API by injection: every route, every refusal, over a real store and real threads.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Coordinator, coordinatorConfig, startCoordinator } from '@metaplast/coordinator';
import { type DryRun, type Metrics, type Run, type RunList, runCost, type Workers } from '@metaplast/protocol';
import { decodeTheta, heldOutCost, thetaSha256 } from '@metaplast/training';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Contract } from './contract.js';

const TOKEN = 'a-token-that-may-write';
const READ_TOKEN = 'a-token-that-may-read';
const spec = {
  seed: 3,
  inner: { steps: 5, test: 16 },
  outer: { generations: 9, pairs: 8, learningRate: { warmup: 2 } },
  evaluation: { every: 4, trials: 12, validationTrials: 8 },
};
/** Takes longer than any test. */
const endless = { ...spec, outer: { ...spec.outer, generations: 100_000, pairs: 64 } };

let folder: string;
let server: Coordinator;
let contract: Contract;
let log = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-api-'));
  const config = coordinatorConfig({ data: folder, port: 0, threads: 2, token: TOKEN, readToken: READ_TOKEN, rateLimit: 100_000 }, {});
  const write = (line: string): void => {
    log += line;
  };
  const logger = pino({ level: 'debug' }, { write });
  server = await startCoordinator(config, { version: '9.9.9', logger });
  contract = new Contract((await ask('GET', '/openapi.json')).json());
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
  token?: string | null;
}

async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT', url: string, { body, headers = {}, token = TOKEN }: Ask = {}) {
  const reply = await server.app.inject({
    method,
    url,
    headers: { host: 'localhost', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  if (url !== '/openapi.json') expect(contract.violation(method, url, reply)).toBeUndefined();
  if (reply.statusCode >= 400) expect(reply.json()).toMatchObject({ status: reply.statusCode, requestId: reply.headers['x-request-id'] });
  return reply;
}

async function submit(body: object, headers: Record<string, string> = {}): Promise<Run> {
  const reply = await ask('POST', '/v1/runs', { body, headers });
  expect(reply.statusCode).toBe(202);
  const run = reply.json<Run>();
  expect(reply.headers.location).toBe(`/v1/runs/${run.id}`);
  return run;
}

const show = async (id: string): Promise<Run> => (await ask('GET', `/v1/runs/${id}`)).json<Run>();
const becomes = (id: string, state: string): Promise<void> =>
  vi.waitFor(async () => expect((await show(id)).state).toBe(state), { timeout: 60_000, interval: 20 });

describe('a run', () => {
  it('is submitted, computed and downloaded in all formats', async () => {
    const { id } = await submit({ spec, name: 'first', tags: ['test', 'a/b'], notes: 'of the tests' });
    await becomes(id, 'succeeded');
    const run = await show(id);
    expect(run).toMatchObject({ name: 'first', tags: ['test', 'a/b'], notes: 'of the tests', generation: 9, generations: 9, attempt: 1 });
    expect(run.heldOut?.generation).toBe(9);
    for (const format of ['npz', 'safetensors']) {
      const reply = await ask('GET', `/v1/runs/${id}/checkpoints/latest?format=${format}`);
      const file = decodeTheta(reply.rawPayload);
      expect(thetaSha256(file.theta)).toBe(run.thetaSha256);
      expect(file.spec).toEqual(run.spec);
      const again = await ask('GET', `/v1/runs/${id}/checkpoints/9?format=${format}`, {
        headers: { 'if-none-match': String(reply.headers.etag) },
      });
      expect(again.statusCode).toBe(304);
    }
    const { sha256, theta } = (await ask('GET', `/v1/runs/${id}/checkpoints/9`)).json();
    expect(sha256).toBe(run.thetaSha256);
    expect(thetaSha256(Float32Array.from(theta))).toBe(run.thetaSha256);
    const { checkpoints } = (await ask('GET', `/v1/runs/${id}/checkpoints`)).json();
    expect(checkpoints.map((c: { generation: number }) => c.generation)).toEqual([0, 4, 8, 9]);
    expect((await ask('GET', `/v1/runs/${id}/checkpoints/7`)).statusCode).toBe(404);
  });

  it('has curves that the server thins out, and events that go on where they stopped', async () => {
    const { id } = await submit({ spec });
    await becomes(id, 'succeeded');
    const metrics = (await ask('GET', `/v1/runs/${id}/metrics?since=2&points=4`)).json<Metrics>();
    expect(metrics.stride).toBe(3);
    expect(metrics.points.map((p) => p.generation)).toEqual([2, 5, 8]);
    expect(metrics.heldOut.map((p) => p.generation)).toEqual([4, 8, 9]);
    const events = async (headers: Record<string, string>, query = '') => {
      const { payload } = await ask('GET', `/v1/runs/${id}/events${query}`, { headers });
      return [...payload.matchAll(/event: (\w+)\nid: (\S+)\ndata: (.*)\n\n/g)].map(([, event, at, data]) => ({
        event,
        at,
        data: JSON.parse(data!),
      }));
    };
    const all = await events({}, '?since=0');
    expect(all.filter(({ event }) => event === 'generation').map(({ data }) => data.generation)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(all.filter(({ event }) => event === 'state').map(({ data }) => data.state)).toEqual([
      'queued',
      'starting',
      'running',
      'succeeded',
    ]);
    expect(all.at(-1)).toMatchObject({ event: 'end', data: { state: 'succeeded' } });
    for (const [i, { at }] of all.slice(0, -1).entries()) expect(await events({ 'last-event-id': at! })).toEqual(all.slice(i + 1));
    expect((await ask('GET', `/v1/runs/${id}/events`, { headers: { 'last-event-id': 'x' } })).statusCode).toBe(400);
  });

  it('is made once under an Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await submit({ spec, name: 'once' }, key);
    expect((await submit({ spec, name: 'once' }, key)).id).toBe(first.id);
    const other = await ask('POST', '/v1/runs', { body: { spec, name: 'twice' }, headers: key });
    expect([other.statusCode, other.json().code]).toEqual([422, 'key-reused']);
  });

  it('has a bound of what it costs with its evaluations', async () => {
    const body = { spec: { outer: { generations: 1_000_000, pairs: 2 }, evaluation: { every: 1, trials: 100_000 } } };
    const reply = await ask('POST', '/v1/runs', { body });
    expect([reply.statusCode, reply.json().errors]).toEqual([
      400,
      [
        {
          pointer: '/spec/evaluation',
          detail: expect.stringMatching(/^with evaluations the run costs .* multiply-adds; at most 1e\+18 is allowed$/),
        },
      ],
    ]);
  });

  it('is only looked at with dryRun', async () => {
    const before = (await ask('GET', '/v1/runs?limit=200')).json<RunList>().runs.length;
    const reply = await ask('POST', '/v1/runs?dryRun=true', { body: { spec } });
    expect(reply.statusCode).toBe(200);
    const { cost, spec: resolved } = reply.json<DryRun>();
    expect(cost.innerTrainings).toBe(2 * 9 * 8);
    expect(cost.multiplyAdds).toBe(runCost(resolved) + heldOutCost(resolved));
    expect(cost.multiplyAdds).toBeGreaterThan(runCost(resolved));
    expect(resolved.inner.labelled).toBe(10);
    expect((await ask('GET', '/v1/runs?limit=200')).json<RunList>().runs).toHaveLength(before);
  });

  it('is paused, resumed, cancelled and deleted, each within a second', async () => {
    const { id } = await submit({ spec: endless });
    await vi.waitFor(async () => expect((await show(id)).generation).toBeGreaterThan(1), { timeout: 30_000 });
    const timed = async (action: string): Promise<Run> => {
      const before = performance.now();
      const reply = await ask('POST', `/v1/runs/${id}/${action}`);
      expect(performance.now() - before).toBeLessThan(1000);
      expect(reply.statusCode).toBe(200);
      return reply.json<Run>();
    };
    expect((await timed('pause')).state).toBe('paused');
    const { generation } = await show(id);
    expect((await timed('resume')).state).toBe('running');
    await vi.waitFor(async () => expect((await show(id)).generation).toBeGreaterThan(generation), { timeout: 30_000 });
    const refused = await ask('DELETE', `/v1/runs/${id}`);
    expect(refused.json()).toMatchObject({ status: 409, code: 'state-conflict', state: 'running' });
    expect((await timed('cancel')).state).toBe('cancelled');
    expect((await ask('POST', `/v1/runs/${id}/pause`)).json()).toMatchObject({ status: 409, state: 'cancelled' });
    expect((await ask('DELETE', `/v1/runs/${id}`)).statusCode).toBe(204);
    expect((await ask('GET', `/v1/runs/${id}`)).statusCode).toBe(404);
  });

  it('is labelled, and found by state, tag and page', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await submit({ spec, tags: ['page'] })).id);
    const patched = await ask('PATCH', `/v1/runs/${ids[0]}`, { body: { name: 'renamed', notes: 'n' } });
    expect(patched.json()).toMatchObject({ name: 'renamed', notes: 'n', tags: ['page'] });
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: RunList = (await ask('GET', `/v1/runs?tag=page&limit=2${cursor && `&cursor=${cursor}`}`)).json<RunList>();
      found.push(...page.runs.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect([...found].sort()).toEqual([...ids].sort());
    for (const id of ids) await becomes(id, 'succeeded');
    expect((await ask('GET', '/v1/runs?tag=page&state=succeeded')).json<RunList>().runs).toHaveLength(5);
    expect((await ask('GET', '/v1/runs?tag=page&state=failed')).json<RunList>().runs).toEqual([]);
    expect((await ask('GET', '/v1/runs?cursor=abc')).json()).toMatchObject({ status: 400, errors: [{ pointer: '/cursor' }] });
  });
});

describe('bad requests', () => {
  it('hear of all fields that are wrong at once, and change nothing', async () => {
    const body = {
      nme: 1,
      tag: [],
      tags: ['no spaces'],
      priority: 99,
      spec: { seed: -1, outer: { pears: 3, pairs: 0 }, tasks: [{ family: 'stars' }] },
    };
    const reply = await ask('POST', '/v1/runs', { body });
    expect(reply.statusCode).toBe(400);
    expect(
      reply
        .json()
        .errors.map((e: { pointer: string }) => e.pointer)
        .sort(),
    ).toEqual(
      ['/nme', '/tag', '/priority', '/spec/outer/pairs', '/spec/outer/pears', '/spec/seed', '/spec/tasks/0/family', '/tags/0'].sort(),
    );
  });

  it.each([
    ['an unknown path', 'GET', '/v2/runs', undefined, 404, 'not-found'],
    ['an unknown run', 'GET', '/v1/runs/0123456789abcdef', undefined, 404, 'not-found'],
    ['an unknown run to steer', 'POST', '/v1/runs/0123456789abcdef/cancel', undefined, 404, 'not-found'],
    ['no id', 'GET', '/v1/runs/..%2f', undefined, 400, 'invalid-fields'],
    ['an unknown query field', 'GET', '/v1/runs?stat=running', undefined, 400, 'invalid-fields'],
    ['a limit out of bounds', 'GET', '/v1/runs?limit=0', undefined, 400, 'invalid-fields'],
    ['a broken escape', 'GET', '/v1/%zz', undefined, 400, 'bad-request'],
    ['another method', 'PUT', '/v1/runs', {}, 405, 'method-not-allowed'],
    ['a body that is no object', 'POST', '/v1/runs', [], 400, 'invalid-fields'],
    ['an unknown label', 'PATCH', '/v1/runs/0123456789abcdef', { state: 'succeeded' }, 400, 'invalid-fields'],
  ] as const)('%s', async (_name, method, url, body, status, code) => {
    const reply = await ask(method, url, { body });
    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });

  it.each([
    ['no JSON', '{', 'application/json', 400, 'bad-request'],
    ['too much', `{"notes":"${'x'.repeat(70_000)}"}`, 'application/json', 413, 'too-large'],
    ['another type', '<a/>', 'text/xml', 415, 'unsupported-media-type'],
    ['nothing', '', 'application/json', 400, 'bad-request'],
  ])('a body that is %s', async (_name, body, type, status, code) => {
    const reply = await ask('POST', '/v1/runs', { body, headers: { 'content-type': type } });
    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });
});

describe('security', () => {
  it('asks for a token, and for one that may write', async () => {
    for (const token of [null, 'wrong', `${TOKEN}x`]) {
      const reply = await ask('GET', '/v1/runs', { token });
      expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="metaplast"']);
    }
    expect((await ask('GET', '/v1/runs', { token: READ_TOKEN })).statusCode).toBe(200);
    expect((await ask('POST', '/v1/runs', { token: READ_TOKEN, body: {} })).json()).toMatchObject({ status: 403, code: 'forbidden-scope' });
    expect((await ask('GET', '/healthz', { token: null })).statusCode).toBe(200);
    expect((await ask('GET', '/readyz', { token: null })).statusCode).toBe(200);
    expect(log).not.toContain(TOKEN);
  });

  it.each([
    ['another Host', { host: 'evil.example' }],
    ['a Host that is no name', { host: 'a b' }],
    ['another Origin', { origin: 'http://evil.example' }],
    ['a null Origin', { origin: 'null' }],
  ])('refuses %s on all methods', async (_name, headers) => {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      expect((await ask(method, '/v1/runs', { headers })).json()).toMatchObject({ status: 403, code: 'forbidden-origin' });
    }
    // Probes of a cluster come by address.
    const probed = 'origin' in headers ? 403 : 200;
    for (const probe of ['/healthz', '/readyz']) expect((await ask('GET', probe, { headers })).statusCode).toBe(probed);
  });

  it('takes requests of its own pages, on any port', async () => {
    const headers = { host: 'localhost:1234', origin: 'http://localhost:1234' };
    expect((await ask('GET', '/v1/runs', { headers })).statusCode).toBe(200);
  });

  it('sends a strict policy', async () => {
    const { headers } = await ask('GET', '/v1/version');
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the service', () => {
  it('says who it is and who computes', async () => {
    expect((await ask('GET', '/v1/version')).json()).toMatchObject({ version: '9.9.9', specVersion: 1 });
    expect((await ask('GET', '/v1/workers')).json<Workers>()).toMatchObject({ dispatch: 'in-process', slots: 2 });
  });

  it('documents every route', async () => {
    const { openapi, paths } = (await ask('GET', '/openapi.json')).json();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths).sort()).toEqual(
      [
        '/healthz',
        '/metrics',
        '/readyz',
        '/v1/compare',
        '/v1/evaluations',
        '/v1/evaluations/{id}',
        '/v1/evaluations/{id}/cancel',
        '/v1/events',
        '/v1/presets',
        '/v1/presets/{name}',
        '/v1/runs',
        '/v1/runs/{id}',
        '/v1/runs/{id}/cancel',
        '/v1/runs/{id}/checkpoints',
        '/v1/runs/{id}/checkpoints/{generation}',
        '/v1/runs/{id}/evaluations',
        '/v1/runs/{id}/events',
        '/v1/runs/{id}/figures/{file}',
        '/v1/runs/{id}/fork',
        '/v1/runs/{id}/metrics',
        '/v1/runs/{id}/pause',
        '/v1/runs/{id}/resume',
        '/v1/version',
        '/v1/workers',
      ].sort(),
    );
  });
});
