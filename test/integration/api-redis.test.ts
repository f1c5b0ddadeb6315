// `metaplast serve --redis` with a worker process: kill -9 of the coordinator, and Redis away for a while, change no bit of θ.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import { killAll, RedisServer, startWorker } from '@metaplast/rig';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { metaplast, temporaryFolder } from './cli.js';
import { serve, type Witnessed } from './witnessed.js';

const spec = {
  seed: 22,
  inner: { steps: 10, test: 32 },
  outer: { generations: 60, pairs: 192, learningRate: { warmup: 2 } },
  evaluation: { every: 20, trials: 12, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

const folder = temporaryFolder();
const prefix = 'api';
let redis: RedisServer;
let server: Witnessed;
const start = (): Promise<Witnessed> => serve(join(folder, 'data'), ['--redis', redis.url, '--prefix', prefix, '--log-level', 'debug']);
/** Lines of a pino log with a message. */
const logged = (log: string, message: string): object[] =>
  [...log.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line) as { msg: string }).filter(({ msg }) => msg === message);
beforeAll(async () => {
  redis = await RedisServer.start();
}, 300_000);
afterAll(async () => {
  await server?.end('SIGKILL');
  await killAll();
  await redis?.kill();
  rmSync(folder, { recursive: true });
});

it('computes on workers, survives the loss of coordinator and Redis, and says when Redis is away', async () => {
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
  await metaplast(['train', '--spec', 'spec.json', '--out', 'cli', '--threads', '2'], { cwd: folder });
  const expected = (JSON.parse(readFileSync(join(folder, 'cli', 'report.json'), 'utf8')) as { thetaSha256: string }).thetaSha256;
  server = await start();
  let client = new Client({ url: server.url });
  expect(await client.workers()).toMatchObject({ slots: 0, workers: [] });
  const worker = startWorker({ url: redis.url, prefix }, 'w1');
  const { id } = await client.submit({ spec });
  const reaches = (generation: number): Promise<void> =>
    vi.waitFor(async () => expect((await client.run(id)).generation).toBeGreaterThanOrEqual(generation), { timeout: 60_000, interval: 20 });

  await reaches(5);
  expect(await client.workers()).toMatchObject({ dispatch: 'redis', slots: 1, workers: [{ name: 'w1', threads: 1 }] });
  const { exitCode, out } = await metaplast(['workers'], { cwd: folder, env: { METAPLAST_URL: server.url } });
  expect([exitCode, out.replaceAll(/ +/g, ' ')]).toEqual([
    0,
    expect.stringMatching(/^over Redis: 1 slots, \d+ chunks wait or are computed\nid name .*\n\S+ w1 ready 1 [\d,]+ \d\.\d s ago /),
  ]);
  await server.end('SIGKILL');
  server = await start();
  client = new Client({ url: server.url });

  await reaches(15);
  // A Redis that takes commands and does not answer.
  process.kill(redis.pid, 'SIGSTOP');
  const unanswered = await fetch(`${server.url}/v1/workers`);
  expect([unanswered.status, await unanswered.json()]).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('metaplast_slots 1\n');
  await redis.kill();
  await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(503), { timeout: 20_000, interval: 50 });
  const refused = await fetch(`${server.url}/v1/workers`);
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
    503,
    '5',
    expect.objectContaining({ code: 'unavailable' }),
  ]);
  expect((await client.run(id)).state).toBe('running');
  redis.begin();

  await vi.waitFor(async () => expect(await client.run(id)).toMatchObject({ state: 'succeeded', thetaSha256: expected, attempt: 2 }), {
    timeout: 120_000,
    interval: 100,
  });
  const committed = logged(server.log(), 'committed');
  expect(committed.at(-1)).toMatchObject({ level: 20, run: id, generation: 60 });
  const computed = { run: id, worker: 'w1', kind: 'generation', generation: expect.any(Number), chunk: expect.any(Number) };
  expect(logged(worker.output, 'chunk kept')).toContainEqual(
    expect.objectContaining({ ...computed, first: expect.any(Number), count: expect.any(Number), busyMs: expect.any(Number) }),
  );
  const second = await client.submit({ spec: { ...spec, outer: { ...spec.outer, generations: 100_000 } } });
  await vi.waitFor(async () => expect((await client.run(second.id)).generation).toBeGreaterThan(0), { timeout: 60_000 });
  for (const [action, state] of [
    ['pause', 'paused'],
    ['resume', 'running'],
    ['cancel', 'cancelled'],
  ] as const) {
    const before = performance.now();
    expect((await client[action](second.id)).state).toBe(state);
    expect(performance.now() - before).toBeLessThan(1000);
  }
});
