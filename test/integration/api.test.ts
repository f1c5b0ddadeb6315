// A run over the HTTP API by injection, from its submission to its θ, over a real store and real threads; and what the service says of itself.

import { type DryRun, type Metrics, type Run, type RunList, runCost, type Workers } from '@metaplast/protocol';
import { decodeTheta, heldOutCost, thetaSha256 } from '@metaplast/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiRig } from './api-rig.js';

const spec = {
  seed: 3,
  inner: { steps: 5, test: 16 },
  outer: { generations: 9, pairs: 8, learningRate: { warmup: 2 } },
  evaluation: { every: 4, trials: 12, validationTrials: 8 },
};
/** Takes longer than any test. */
const endless = { ...spec, outer: { ...spec.outer, generations: 100_000, pairs: 64 } };

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());
const ask: ApiRig['ask'] = (...request) => rig.ask(...request);

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

describe('the service', () => {
  it('says who it is and who computes', async () => {
    expect((await ask('GET', '/v1/version')).json()).toMatchObject({ version: '9.9.9', specVersion: 1 });
    expect((await ask('GET', '/v1/workers')).json<Workers>()).toMatchObject({ dispatch: 'in-process', slots: 2 });
  });

  it('documents every route', () => {
    const { openapi, paths } = rig.contract.document;
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
