// Over Redis an evaluation and a run's baselines are computed by workers: with the results of a server that computes itself, and
// with queues that Prometheus can watch.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import type { Evaluation, Metrics, NewRunEvaluation, Run } from '@metaplast/protocol';
import { killAll, RedisServer, startWorker } from '@metaplast/rig';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from './cli.js';
import { serve, type Witnessed } from './witnessed.js';

const families = [{ family: 'two-moons' }, { family: 'circles' }];
const spec = {
  seed: 23,
  inner: { steps: 10, test: 32 },
  outer: { generations: 12, pairs: 16, learningRate: { warmup: 2 } },
  evaluation: { every: 4, trials: 12, reportTrials: 16, validationTrials: 8, families },
};
const wanted = { trials: 24, baselines: ['sgd', 'adam', 'pseudo-labels', 'label-spreading'] } satisfies NewRunEvaluation;

const folder = temporaryFolder();
const prefix = 'evaluation';
let redis: RedisServer;
const open: Witnessed[] = [];
const start = async (data: string, args: readonly string[]): Promise<Witnessed> => {
  const server = await serve(join(folder, data), args);
  open.push(server);
  return server;
};
beforeAll(async () => {
  redis = await RedisServer.start();
}, 300_000);
afterAll(async () => {
  await Promise.all(open.map((server) => server.end('SIGKILL')));
  await killAll();
  await redis?.end();
  rmSync(folder, { recursive: true });
});

interface Outcome {
  run: Run;
  curve: Metrics;
  evaluation: Evaluation;
}

/** A run with its baselines, and an evaluation, submitted while the run is under way. */
async function outcomeOf({ url }: Witnessed): Promise<Outcome> {
  const client = new Client({ url });
  const { id } = await client.submit({ spec, name: 'watched' });
  await vi.waitFor(async () => expect((await client.run(id)).generation).toBeGreaterThan(0), { timeout: 60_000, interval: 10 });
  const made = await client.evaluateRun(id, { ...wanted, generation: 0 });
  const ended = { timeout: 120_000, interval: 50 };
  await vi.waitFor(async () => expect(await client.run(id)).toMatchObject({ state: 'succeeded', baseline: expect.anything() }), ended);
  await vi.waitFor(async () => expect((await client.evaluation(made.id)).state).toBe('succeeded'), ended);
  return { run: await client.run(id), curve: await client.metrics(id), evaluation: await client.evaluation(made.id) };
}

const metricsOf = async ({ url }: Witnessed): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** Jobs in a state, of all queues. */
const jobs = async (server: Witnessed, state: string): Promise<number> =>
  [...(await metricsOf(server)).matchAll(new RegExp(`^bullmq_job_count\\{.*state="${state}"\\} (\\d+)$`, 'gm'))].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );

/** Curves without what depends on the clock. */
const timeless = ({ points, ...rest }: Metrics): object => ({
  ...rest,
  points: points.map(({ trainingsPerSecond: _rate, utilisation: _busy, ...point }) => point),
});

it('has the results of a server that computes itself, and says how its queues are', async () => {
  const alone = await start('alone', []);
  const expected = await outcomeOf(alone);
  expect(await metricsOf(alone)).not.toContain('bullmq');
  await alone.end('SIGTERM');

  const server = await start('redis', ['--redis', redis.url, '--prefix', prefix]);
  const client = new Client({ url: server.url });
  const { id: early } = await client.submit({ spec });
  await vi.waitFor(async () => expect(await jobs(server, 'prioritized')).toBeGreaterThan(0), { timeout: 60_000, interval: 50 });
  // Its baselines are measured all the same, in their lane, before those of the next run.
  await client.cancel(early);
  startWorker({ url: redis.url, prefix }, 'w1');
  const { run, curve, evaluation } = await outcomeOf(server);
  expect(run.thetaSha256).toBe(expected.run.thetaSha256);
  expect([run.heldOut, run.baseline]).toEqual([expected.run.heldOut, expected.run.baseline]);
  expect(timeless(curve)).toEqual(timeless(expected.curve));
  expect(evaluation.results.map((row) => row!.baselines.map(({ kind }) => kind))).toEqual(families.map(() => [...wanted.baselines]));
  expect(evaluation.results).toEqual(expected.evaluation.results);

  const metrics = await metricsOf(server);
  const gauges = [...metrics.matchAll(/^bullmq_job_count\{queue="(chunks-\S+)", state="([\w-]+)"\} (\d+)$/gm)];
  expect(new Set(gauges.map(([, queue]) => queue)).size).toBe(2);
  expect(gauges.map(([, , state]) => state)).toEqual(expect.arrayContaining(['active', 'delayed', 'failed', 'prioritized', 'waiting']));
  expect(gauges.filter(([, , , count]) => count !== '0')).toEqual([]);
  const total = (name: string): number =>
    [...metrics.matchAll(new RegExp(`^bullmq_job_${name}_total\\{.*\\} (\\d+)$`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);
  // A chunk or more a generation, and a baseline.
  expect(total('completed')).toBeGreaterThan(spec.outer.generations + wanted.baselines.length);
  expect(total('failed')).toBe(0);
  expect(metrics).toMatch(/^metaplast_evaluations\{state="succeeded"\} 1$/m);
  // The server looks at its workers from time to time, and may have been through with all of this before.
  await vi.waitFor(async () => expect(await metricsOf(server)).toMatch(/^metaplast_slots 1$/m), { timeout: 60_000, interval: 50 });
});
