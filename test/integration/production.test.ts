// The commands of docker-compose.yml, from a production install: Redis, coordinator, worker and their health checks work together.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@metaplast/client';
import { killAll, Process, RedisServer } from '@metaplast/rig';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from './cli.js';
import { installProduction } from './production.js';
import { Witness } from './witnessed.js';

interface Service {
  command: string[];
  environment?: Record<string, string>;
  healthcheck: { test: [string, string, ...string[]] };
}
const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<'redis' | 'coordinator' | 'worker', Service>;
};
const entryPoint = (JSON.parse(/^ENTRYPOINT (.*)$/m.exec(read('Dockerfile'))![1]!) as string[])[1]!;

const TOKEN = 'a-token-of-some-length';
const folder = temporaryFolder();
let redis: RedisServer;
/** What in a container is a name, a path and a port of its own. */
const here = (word: string): string => word.replace('redis://redis:6379', redis.url).replace(/^\/data$/, join(folder, 'data'));

function start({ command, environment = {} }: Service, more: Record<string, string>): Process {
  return new Process([entryPoint.replace('/app', join(folder, 'app')), ...command.map(here)], {
    NODE_ENV: 'production',
    ...environment,
    METAPLAST_TOKEN: TOKEN,
    ...more,
  });
}

/** Runs a health check as compose does, against the port that was given in place of its own. */
function healthy({ healthcheck }: Service, containerPort: number, port: number): boolean {
  const [, program, ...args] = healthcheck.test;
  const { status, stderr } = spawnSync(
    program,
    args.map((arg) => arg.replace(String(containerPort), String(port))),
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return status === 0;
}

const portOf = async (process: Process, pattern: RegExp): Promise<number> => {
  await vi.waitFor(() => expect(process.output).toMatch(pattern), { timeout: 60_000, interval: 50 });
  return Number(pattern.exec(process.output)![1]);
};

beforeAll(async () => {
  mkdirSync(join(folder, 'app'));
  installProduction(join(folder, 'app'));
  const [program, ...args] = services.redis.command;
  expect(program).toBe('redis-server');
  const settings = Object.fromEntries(args.map((word, i) => [word.slice(2), args[i + 1]!] as const).filter((_, i) => i % 2 === 0));
  redis = await RedisServer.start({ settings });
});
afterAll(async () => {
  await killAll();
  await redis.end();
  rmSync(folder, { recursive: true });
});

describe('a production install', () => {
  it('runs what docker-compose.yml starts: a run submitted over HTTP is computed, and all are healthy', async () => {
    const worker = start(services.worker, { METAPLAST_THREADS: '1', METAPLAST_HEALTH_PORT: '0' });
    const health = await portOf(worker, /health on port (\d+)/);
    const coordinator = start(services.coordinator, { METAPLAST_PORT: '0' });
    const port = await portOf(coordinator, /"url":"http:\/\/[^"]*:(\d+)"/);
    expect(healthy(services.worker, 8421, health)).toBe(true);
    expect(healthy(services.coordinator, 8420, port)).toBe(true);

    const witness = await Witness.start(`http://127.0.0.1:${port}`);
    const client = new Client({ url: witness.url, token: TOKEN });
    const sizes = { inner: { steps: 10, test: 32 }, outer: { generations: 4, pairs: 8, learningRate: { warmup: 1 } } };
    const evaluation = { every: 2, trials: 8, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' as const }] };
    const { id } = await client.submit({ spec: { seed: 1, ...sizes, evaluation } });
    await vi.waitFor(async () => expect((await client.run(id)).state).toBe('succeeded'), { timeout: 60_000, interval: 100 });
    expect(await client.workers()).toMatchObject({ dispatch: 'redis', slots: 1 });

    await witness.stop();
    witness.expectNoViolation();
    for (const process of [coordinator, worker]) {
      process.signal('SIGTERM');
      expect(await process.ended, process.output).toBe(0);
    }
    expect(healthy(services.worker, 8421, health)).toBe(false);
    expect(healthy(services.coordinator, 8420, port)).toBe(false);
  });
});
