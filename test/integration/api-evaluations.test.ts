// Evaluations over the API: of a run's checkpoint or of a θ that is given, refused, cancelled, resumed; every reply as documented.

import { join } from 'node:path';
import type { Evaluation, EvaluationList, Run } from '@metaplast/protocol';
import { thetaSha256 } from '@metaplast/training';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiRig, rigWithRun, SPEC as spec } from './api-rig.js';

let rig: ApiRig;
let run: Run;
let path: string;
beforeAll(async () => {
  ({ rig, run, path } = await rigWithRun());
}, 120_000);
afterAll(() => rig.stop());

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

  it('tunes the baselines on each family or on the first alone', async () => {
    const of = async (tunedOn?: string): Promise<Evaluation> => {
      const families = [{ family: 'two-moons' }, { family: 'two-moons', params: { scale: 0.02 } }];
      const wanted = { trials: 16, baselines: ['sgd'], families, ...(tunedOn && { tunedOn }) };
      const { id } = await rig.make<Evaluation>(`${path}/evaluations`, wanted);
      return rig.becomes<Evaluation>(`/v1/evaluations/${id}`, 'succeeded');
    };
    const [each, first] = [await of(), await of('first')];
    const rates = ({ results }: Evaluation) => results.map((row) => row!.baselines[0]!.settings.learningRate);
    expect([each.tunedOn, first.tunedOn]).toEqual(['each', 'first']);
    expect(rates(first)).toEqual([rates(each)[0], rates(each)[0]]);
    expect(rates(each)[1]).not.toBe(rates(each)[0]);
    expect(first.results[0]).toEqual(each.results[0]);
    expect(first.results[1]!.rule).toEqual(each.results[1]!.rule);
    const refused = await rig.ask('POST', `${path}/evaluations`, { body: { tunedOn: 'last' } });
    expect(refused.json().errors).toMatchObject([{ pointer: '/tunedOn' }]);
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
    const steps = { baselines: ['label-spreading'], spec: { inner: { steps: 2000 } } };
    expect(await pointers({ run: run.id, ...steps })).toEqual(['/baselines']);
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

it('baselines of a run that had ended before they were measured are measured after a restart', async () => {
  expect((await rig.get<Run>(path)).baseline).not.toBeNull();
  const store = new Database(join(rig.folder, 'metaplast.sqlite'));
  store.prepare(`DELETE FROM evaluations WHERE run = ? AND kind = 'held-out-baselines'`).run(run.id);
  store.close();
  expect((await rig.get<Run>(path)).baseline).toBeNull();
  await rig.restart();
  await vi.waitFor(async () => expect((await rig.get<Run>(path)).baseline).toEqual(run.baseline), { timeout: 60_000, interval: 20 });
});
