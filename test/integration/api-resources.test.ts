// What the API makes of runs: forks, evaluations, figures, comparisons, and what can be watched; every reply as documented.

import { join } from 'node:path';
import type { Comparison, Evaluation, EvaluationList, Metrics, Preset, Presets, Run, RunList } from '@metaplast/protocol';
import { decodeTheta, thetaSha256 } from '@metaplast/training';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiRig } from './api-rig.js';

const spec = {
  seed: 3,
  inner: { steps: 5, test: 16 },
  outer: { generations: 12, pairs: 8, learningRate: { warmup: 2 } },
  evaluation: {
    every: 4,
    trials: 12,
    reportTrials: 24,
    validationTrials: 8,
    families: [{ family: 'two-moons' }, { family: 'two-gaussians:generic' }],
  },
};
const endless = { ...spec, outer: { ...spec.outer, generations: 100_000, pairs: 64 } };

let rig: ApiRig;
let run: Run;
let path: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  const { id } = await rig.make<Run>('/v1/runs', { spec, name: 'The Parent', tags: ['a'] });
  path = `/v1/runs/${id}`;
  await rig.becomes(path, 'succeeded');
  await vi.waitFor(async () => expect((await rig.get<Run>(path)).baseline).not.toBeNull(), { timeout: 60_000, interval: 20 });
  run = await rig.get<Run>(path);
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

describe('an evaluation', () => {
  it('holds a run’s θ against baselines on the same tasks, with paired differences', async () => {
    const wanted = { trials: 16, baselines: ['sgd', 'label-spreading'], name: 'mine' };
    const made = await rig.make<Evaluation>(`${path}/evaluations`, wanted);
    expect(made).toMatchObject({ run: run.id, generation: 12, thetaSha256: run.thetaSha256, name: 'mine', trials: 16 });
    const done = await rig.becomes<Evaluation>(`/v1/evaluations/${made.id}`, 'succeeded');
    expect(done.results.map((row) => row?.task.family)).toEqual(['two-moons', 'two-gaussians:generic']);
    for (const row of done.results) {
      expect(row!.baselines.map(({ kind }) => kind)).toEqual(['sgd', 'label-spreading']);
      for (const { accuracy, paired } of row!.baselines) expect(paired.difference).toBeCloseTo(row!.rule.accuracy - accuracy, 6);
      expect(row!.baselines[0]!.settings).toEqual({ learningRate: expect.any(Number) });
    }
    const { evaluations } = await rig.get<EvaluationList>(`${path}/evaluations?state=succeeded&limit=1`);
    expect(evaluations).toMatchObject([{ id: made.id, done: 2 }]);
  });

  it('of a θ that is given, as a file or as numbers, has the results of the run’s', async () => {
    const of = async (body: object): Promise<Evaluation> => {
      const { id } = await rig.make<Evaluation>('/v1/evaluations', { baselines: [], trials: 16, ...body });
      return rig.becomes<Evaluation>(`/v1/evaluations/${id}`, 'succeeded');
    };
    const file = await rig.get<{ theta: number[]; sha256: string }>(`${path}/checkpoints/latest`);
    const [ofRun, ofFile, ofNumbers] = [await of({ run: run.id }), await of({ theta: file }), await of({ theta: file.theta, spec })];
    expect(ofFile.results).toEqual(ofRun.results);
    expect(ofNumbers.results).toEqual(ofRun.results);
    expect([ofFile.run, ofFile.thetaSha256]).toEqual([null, thetaSha256(Float32Array.from(file.theta))]);
    const wider = await of({ run: run.id, spec: { network: { hidden: [8] } }, families: [{ family: 'circles' }] });
    expect(wider.results).toMatchObject([{ task: { family: 'circles' }, trials: 16, baselines: [] }]);
  });

  it('is refused with all fields that are wrong', async () => {
    const pointers = async (body: object): Promise<string[]> => {
      const reply = await rig.ask('POST', '/v1/evaluations', { body });
      expect(reply.statusCode).toBe(400);
      return reply.json().errors.map((e: { pointer: string }) => e.pointer);
    };
    expect(await pointers({})).toEqual(['/run']);
    expect(await pointers({ run: run.id, theta: [1] })).toEqual(['/run']);
    expect(await pointers({ theta: [1, 2] })).toEqual(['/spec/rule/hidden']);
    expect(await pointers({ theta: [1e300] })).toEqual(['/theta']);
    expect(await pointers({ run: run.id, trials: 1, baselines: ['sgd', 'magic'], nme: 'x' })).toEqual(
      expect.arrayContaining(['/trials', '/baselines/1', '/nme']),
    );
    expect(await pointers({ run: run.id, families: [{ family: 'blobs', classes: 5 }], spec: { seed: -1 } })).toEqual(['/spec/seed']);
    expect(await pointers({ run: run.id, families: [{ family: 'blobs', classes: 5 }] })).toEqual(['/families/0']);
    const file = await rig.get<{ theta: number[] }>(`${path}/checkpoints/latest`);
    expect(await pointers({ theta: { ...file, theta: [0, ...file.theta.slice(1)] } })).toEqual(['/theta/sha256']);
    expect(await pointers({ theta: { ...file, kernel: 'f'.repeat(64) } })).toEqual(['/theta/kernel']);
    expect((await rig.ask('POST', `${path}/evaluations`, { body: { generation: 5 } })).statusCode).toBe(404);
  });

  it('is cancelled, goes on after a restart, is made once under a key, and deleted', async () => {
    const large = { run: run.id, trials: 100_000, baselines: [] };
    const { id } = await rig.make<Evaluation>('/v1/evaluations', large);
    const at = `/v1/evaluations/${id}`;
    await rig.becomes(at, 'running');
    expect((await rig.ask('DELETE', at)).json()).toMatchObject({ status: 409, state: 'running' });
    await rig.restart();
    const again = await rig.becomes<Evaluation>(at, 'running');
    expect(again.attempt).toBe(2);
    expect((await rig.ask('POST', `${at}/cancel`)).json()).toMatchObject({ state: 'cancelled' });
    const key = { 'idempotency-key': 'evaluate' };
    const first = await rig.make<Evaluation>(`${path}/evaluations`, { trials: 8 }, key);
    expect((await rig.make<Evaluation>(`${path}/evaluations`, { trials: 8 }, key)).id).toBe(first.id);
    expect((await rig.ask('POST', `${path}/evaluations`, { body: { trials: 9 }, headers: key })).statusCode).toBe(422);
    await rig.becomes(`/v1/evaluations/${first.id}`, 'succeeded');
    expect((await rig.ask('POST', `/v1/evaluations/${first.id}/cancel`)).json()).toMatchObject({ status: 409, state: 'succeeded' });
    expect((await rig.ask('DELETE', at)).statusCode).toBe(204);
    expect((await rig.ask('GET', at)).statusCode).toBe(404);
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

describe('conditions and ranges', () => {
  it('refuse to overwrite what somebody else has changed', async () => {
    const { id } = await rig.make<Run>('/v1/runs', { spec: endless, name: 'conditional' });
    const at = `/v1/runs/${id}`;
    await rig.becomes(at, 'running');
    const etag = String((await rig.ask('GET', at)).headers.etag);
    await vi.waitFor(async () => expect((await rig.get<Run>(at)).generation).toBeGreaterThan(1), { timeout: 30_000 });
    // Generations come in, and it is still the same to whoever labels it.
    const patched = await rig.ask('PATCH', at, { body: { name: 'mine' }, headers: { 'if-match': etag } });
    expect([patched.statusCode, patched.headers.etag === etag]).toEqual([200, false]);
    const late = await rig.ask('PATCH', at, { body: { name: 'yours' }, headers: { 'if-match': etag } });
    expect([late.statusCode, late.json().code]).toEqual([412, 'precondition-failed']);
    expect((await rig.ask('POST', `${at}/cancel`, { headers: { 'if-match': etag } })).statusCode).toBe(412);
    expect((await rig.ask('POST', `${at}/cancel`, { headers: { 'if-match': `"x", ${patched.headers.etag}` } })).statusCode).toBe(200);
    expect((await rig.ask('DELETE', at, { headers: { 'if-match': etag } })).statusCode).toBe(412);
    expect((await rig.ask('DELETE', at, { headers: { 'if-match': '*' } })).statusCode).toBe(204);
  });

  it('give parts of a file that make up the whole', async () => {
    const url = `${path}/checkpoints/latest?format=safetensors`;
    const whole = await rig.ask('GET', url);
    const { length } = whole.rawPayload;
    const part = async (range: string, headers: Record<string, string> = {}) => rig.ask('GET', url, { headers: { range, ...headers } });
    const parts = [await part('bytes=0-99'), await part('bytes=100-')];
    expect(parts.map(({ statusCode, headers }) => [statusCode, headers['content-range']])).toEqual([
      [206, `bytes 0-99/${length}`],
      [206, `bytes 100-${length - 1}/${length}`],
    ]);
    expect(Buffer.concat(parts.map(({ rawPayload }) => rawPayload)).equals(whole.rawPayload)).toBe(true);
    const beyond = await part(`bytes=${length}-`);
    expect([beyond.statusCode, beyond.headers['content-range'], beyond.json().code]).toEqual([
      416,
      `bytes */${length}`,
      'range-not-satisfiable',
    ]);
    expect((await part('bytes=0-9', { 'if-range': '"other"' })).rawPayload).toHaveLength(length);
    expect((await part('bytes=0-9', { 'if-range': String(whole.headers.etag) })).rawPayload).toHaveLength(10);
  });
});

interface Event {
  event: string;
  id: string | undefined;
  data: { id: string; state: string };
}

/** Reads a stream until `enough`. */
async function follow(since: string, headers: Record<string, string>, enough: (events: Event[]) => boolean): Promise<Event[]> {
  const leave = new AbortController();
  const reply = await fetch(`${rig.server.url}/v1/events${since}`, { headers, signal: leave.signal });
  const events: Event[] = [];
  let text = '';
  for await (const part of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event, , id, data] = /^event: (\S+)\n(id: (\d+)\n)?data: (.*)$/.exec(block) ?? [];
      if (event !== undefined) events.push({ event, id, data: JSON.parse(data!) as Event['data'] });
    }
    if (enough(events)) break;
  }
  leave.abort();
  return events;
}

describe('the stream of everything', () => {
  it('tells what changed since a list was read, in order, also after a restart', async () => {
    const { position } = await rig.get<RunList>('/v1/runs?limit=1');
    const { id } = await rig.make<Run>('/v1/runs', { spec });
    const finished = (events: Event[]): boolean =>
      events.some(({ event, data }) => event === 'run' && data.id === id && data.state === 'succeeded');
    const live = await follow(`?since=${position}`, {}, finished);
    expect(live.find(({ event }) => event === 'workers')?.data).toMatchObject({ dispatch: 'in-process', slots: 2 });
    const ids = live.flatMap(({ id: at }) => (at === undefined ? [] : [Number(at)]));
    expect(ids[0]).toBeGreaterThan(position);
    expect([...new Set(ids)].sort((a, b) => a - b)).toEqual(ids);

    await vi.waitFor(async () => expect((await rig.get<Run>(`/v1/runs/${id}`)).baseline).not.toBeNull(), { timeout: 60_000 });
    const { position: before } = await rig.get<RunList>('/v1/runs?limit=1');
    await rig.restart();
    await rig.ask('DELETE', `/v1/runs/${id}`);
    const evaluation = await rig.make<Evaluation>(`${path}/evaluations`, { trials: 8, baselines: [] });
    const after = await follow('', { 'last-event-id': String(before) }, (events) =>
      events.some(({ event, data }) => event === 'evaluation' && data.id === evaluation.id && data.state === 'succeeded'),
    );
    const told = after.filter(({ id: at }) => at !== undefined);
    expect(told[0]).toMatchObject({ event: 'run-deleted', data: { id } });
    expect(new Set(told.slice(1).map(({ event, data }) => `${event} ${data.id}`))).toEqual(new Set([`evaluation ${evaluation.id}`]));
    expect((await rig.ask('GET', '/v1/events', { headers: { 'last-event-id': 'x' } })).statusCode).toBe(400);
  });
});

it('a run of another kernel is shown and forked, and not evaluated', async () => {
  const { id } = await rig.make<Run>('/v1/runs', { spec });
  await rig.becomes(`/v1/runs/${id}`, 'succeeded');
  const store = new Database(join(rig.folder, 'metaplast.sqlite'));
  store.prepare('UPDATE runs SET kernel = ? WHERE id = ?').run('f'.repeat(64), id);
  store.close();
  const refused = await rig.ask('POST', `/v1/runs/${id}/evaluations`, { body: { trials: 8 } });
  expect(refused.json()).toMatchObject({ status: 409, code: 'kernel-conflict', detail: expect.stringContaining('kernel ffffffffffff') });
  expect((await rig.get<Run>(`/v1/runs/${id}`)).kernel).toBe('f'.repeat(64));
  expect((await rig.make<Run>(`/v1/runs/${id}/fork`, { restart: true })).kernel).toBe(run.kernel);
});
