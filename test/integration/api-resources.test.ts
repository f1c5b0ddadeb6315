// What the API makes of runs: forks, figures, comparisons, and what there is beside them; every reply as documented.

import type { Comparison, Evaluation, Metrics, Preset, Presets, Run, RunList } from '@metaplast/protocol';
import { decodeTheta } from '@metaplast/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, rigWithRun, SPEC as spec } from './api-rig.js';

let rig: ApiRig;
let run: Run;
let path: string;
beforeAll(async () => {
  ({ rig, run, path } = await rigWithRun());
}, 120_000);
afterAll(() => rig.stop());

describe('a list', () => {
  it('says how good runs are without loading series, and finds them by a part of the name', async () => {
    const { runs, position } = await rig.get<RunList>('/v1/runs?name=the%20par');
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ id: run.id, generation: 12, generations: 12, engine: 'wasm', bitIdentical: true, forkedFrom: null });
    expect(runs[0]!.heldOut).toEqual({ generation: 12, accuracy: expect.any(Number), se: expect.any(Number) });
    expect(['sgd', 'adam']).toContain(runs[0]!.baseline?.kind);
    expect(position).toBeGreaterThan(12);
    expect((await rig.get<RunList>('/v1/runs?name=nobody')).runs).toEqual([]);
  });
});

describe('a fork', () => {
  it('that changes nothing but its length begins where the parent was, and has the parent’s θ at its end', async () => {
    const fork = await rig.make<Run>(`${path}/fork`, { generation: 4, name: 'again' });
    const { thetaSha256: at4 } = (await rig.get<{ checkpoints: { generation: number; thetaSha256: string }[] }>(`${path}/checkpoints`))
      .checkpoints[1]!;
    expect(fork.forkedFrom).toEqual({ run: run.id, generation: 4, thetaSha256: at4 });
    expect(fork).toMatchObject({ name: 'again', tags: ['a'], spec: run.spec, kernel: run.kernel });
    const done = await rig.becomes<Run>(`/v1/runs/${fork.id}`, 'succeeded');
    expect(done.thetaSha256).toBe(run.thetaSha256);
    const file = (format: string, of = fork.id) => rig.ask('GET', `/v1/runs/${of}/checkpoints/latest?format=${format}`);
    for (const format of ['safetensors', 'npz']) {
      expect(decodeTheta((await file(format)).rawPayload).forkedFrom).toEqual(fork.forkedFrom);
      expect(decodeTheta((await file(format, run.id)).rawPayload)).not.toHaveProperty('forkedFrom');
    }
    expect((await file('json')).json()).toMatchObject({ forkedFrom: fork.forkedFrom, sha256: run.thetaSha256 });
    const { points } = await rig.get<Metrics>(`/v1/runs/${fork.id}/metrics`);
    expect(points.map((p) => p.generation)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('goes on with a changed spec, is resumable to the last bit, and may start anew', async () => {
    const changes = { seed: 9, outer: { generations: 20, learningRate: { decay: 'constant' } } };
    const make = async (body: object): Promise<string> => {
      const { id } = await rig.make<Run>(`${path}/fork`, { spec: changes, ...body });
      return id;
    };
    const [straight, stopped, anew] = [await make({}), await make({}), await make({ restart: true })];
    await rig.ask('POST', `/v1/runs/${stopped}/pause`);
    const expected = await rig.becomes<Run>(`/v1/runs/${straight}`, 'succeeded');
    expect(expected).toMatchObject({ generation: 20, spec: { seed: 9, outer: { generations: 20, pairs: 8 } } });
    const { state } = await rig.get<Run>(`/v1/runs/${stopped}`);
    if (state === 'paused') await rig.ask('POST', `/v1/runs/${stopped}/resume`);
    expect((await rig.becomes<Run>(`/v1/runs/${stopped}`, 'succeeded')).thetaSha256).toBe(expected.thetaSha256);
    await rig.becomes<Run>(`/v1/runs/${anew}`, 'succeeded');
    const { points } = await rig.get<Metrics>(`/v1/runs/${anew}/metrics`);
    expect([points[0]!.generation, points.length]).toEqual([0, 20]);
  });

  it('is refused with the fields that are wrong, and made once under a key', async () => {
    const refused = await rig.ask('POST', `${path}/fork`, { body: { spec: { rule: { hidden: [8, 8] }, outer: { pears: 1 } } } });
    expect(refused.json().errors.map((e: { pointer: string }) => e.pointer)).toEqual(['/spec/outer/pears']);
    const short = await rig.ask('POST', `${path}/fork`, { body: { spec: { rule: { hidden: [8, 8] } } } });
    expect(short.json().errors.map((e: { pointer: string }) => e.pointer)).toEqual(['/spec/rule/hidden', '/spec/outer/generations']);
    expect((await rig.ask('POST', `${path}/fork`, { body: { generation: 3 } })).statusCode).toBe(404);
    const key = { 'idempotency-key': 'fork' };
    const body = { generation: 8 };
    const first = await rig.make<Run>(`${path}/fork`, body, key);
    expect((await rig.make<Run>(`${path}/fork`, body, key)).id).toBe(first.id);
    expect((await rig.ask('POST', `${path}/fork`, { body: { generation: 4 }, headers: key })).statusCode).toBe(422);
    expect((await rig.ask('POST', '/v1/runs', { body, headers: key })).statusCode).toBe(400);
    expect((await rig.ask('POST', '/v1/runs', { body: {}, headers: key })).statusCode).toBe(422);
  });

  it('whose reply was lost is found again under its key, though its parent is gone by now', async () => {
    const parent = await rig.make<Run>(`${path}/fork`, { generation: 8 });
    await rig.becomes<Run>(`/v1/runs/${parent.id}`, 'succeeded');
    const make = (key: string): Promise<Run> => rig.make<Run>(`/v1/runs/${parent.id}/fork`, { generation: 8 }, { 'idempotency-key': key });
    const evaluate = (): Promise<Evaluation> =>
      rig.make<Evaluation>(`/v1/runs/${parent.id}/evaluations`, { trials: 8, baselines: [] }, { 'idempotency-key': 'evaluated' });
    const fork = await make('lost');
    const evaluation = await evaluate();
    await rig.becomes<Run>(`/v1/runs/${fork.id}`, 'succeeded');
    await rig.becomes<Evaluation>(`/v1/evaluations/${evaluation.id}`, 'succeeded');
    expect((await rig.ask('DELETE', `/v1/runs/${parent.id}`)).statusCode).toBe(204);
    expect((await make('lost')).id).toBe(fork.id);
    expect((await evaluate()).id).toBe(evaluation.id);
    expect((await rig.ask('POST', `/v1/runs/${parent.id}/fork`, { body: { generation: 8 } })).statusCode).toBe(404);
  });
});

describe('figures', () => {
  it('are drawn as SVG, PNG and Vega-Lite, and not sent twice', async () => {
    const seen: string[] = [];
    for (const file of ['meta-training.svg', 'decision-maps.svg', 'inner-training.svg', 'rule-response.svg', 'meta-training.png']) {
      const reply = await rig.ask('GET', `${path}/figures/${file}`);
      expect([file, reply.statusCode]).toEqual([file, 200]);
      const isPng = file.endsWith('png');
      expect(isPng ? reply.rawPayload.subarray(1, 4).toString() : reply.payload.slice(0, 4)).toBe(isPng ? 'PNG' : '<svg');
      seen.push(String(reply.headers.etag));
      const again = await rig.ask('GET', `${path}/figures/${file}`, { headers: { 'if-none-match': seen.at(-1)! } });
      expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
    }
    expect(new Set(seen).size).toBe(5);
    const earlier = await rig.ask('GET', `${path}/figures/rule-response.svg?generation=4`);
    expect(earlier.payload).toContain('after 4 generations');
    const vega = await rig.get<{ $schema: string; data: { values: { generation: number; seed: unknown }[] } }>(
      `${path}/figures/meta-training.json`,
    );
    expect(vega.data.values.filter(({ seed }) => seed === 3).map(({ generation }) => generation)).toEqual([0, 4, 8, 12]);
    expect((await rig.ask('GET', `${path}/figures/rule-response.json`)).statusCode).toBe(404);
    expect((await rig.ask('GET', `${path}/figures/nothing.svg`)).statusCode).toBe(400);
  });
});

describe('comparison, presets, metrics, documents', () => {
  it('puts runs side by side', async () => {
    const { id } = await rig.make<Run>('/v1/runs', { spec: { ...spec, seed: 4, tasks: [{ family: 'circles' }] } });
    await rig.becomes(`/v1/runs/${id}`, 'succeeded');
    const { runs, differences } = await rig.get<Comparison>(`/v1/compare?ids=${run.id},${id}&points=5`);
    expect(runs.map((r) => r.run.id)).toEqual([run.id, id]);
    expect(runs[0]!.points.map((p) => p.generation)).toEqual([0, 3, 6, 9, 11]);
    expect(differences).toEqual([
      { pointer: '/seed', values: [3, 4] },
      { pointer: '/tasks', values: [[{ family: 'two-moons' }], [{ family: 'circles' }]] },
    ]);
    expect((await rig.ask('GET', `/v1/compare?ids=${run.id},0123456789abcdef`)).statusCode).toBe(404);
  });

  it('shows presets that can be submitted', async () => {
    const { presets } = await rig.get<Presets>('/v1/presets');
    expect(presets.map(({ name }) => name)).toContain('quickstart');
    const preset = await rig.get<Preset>('/v1/presets/quickstart');
    expect(preset).toMatchObject({ innerTrainings: 245_760, spec: { outer: { generations: 480 } } });
    const dry = await rig.ask('POST', '/v1/runs?dryRun=true', { body: { spec: preset.spec } });
    expect(dry.json().spec).toEqual(preset.spec);
    expect((await rig.ask('GET', '/v1/presets/no')).json().detail).toContain('quickstart');
  });

  it('counts for Prometheus', async () => {
    const { payload, headers } = await rig.ask('GET', '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const value = (name: string): number => Number(new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(payload)?.[1]);
    expect(value('metaplast_runs{state="succeeded"}')).toBeGreaterThan(1);
    expect(value('metaplast_inner_trainings_total')).toBe(16 * value('metaplast_generations_total'));
    expect([value('metaplast_slots'), value('metaplast_dispatch_up')]).toEqual([2, 1]);
    expect(payload).toContain('metaplast_http_request_seconds_count{method="GET",route="/v1/runs/:id",status="200"}');
  });

  it('has a docs page without anything from elsewhere, and a strict policy on all others', async () => {
    const page = await rig.server.app.inject({ method: 'GET', url: '/docs/', headers: { host: 'localhost' } });
    expect([page.statusCode, page.payload.includes('https://')]).toEqual([200, false]);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    const policy = (await rig.ask('GET', '/v1/version')).headers['content-security-policy'];
    expect(policy).toBe("default-src 'none';frame-ancestors 'none'");
  });
});
