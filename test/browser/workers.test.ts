// The page of workers with a worker process over a real Redis: who it is, what it computes, what waits, and that Redis is away.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import { killAll, RedisServer, startWorker } from '@metaplast/rig';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { eventually, open } from './page.js';

const prefix = 'dashboard';
const spec = {
  inner: { steps: 20, test: 32 },
  outer: { generations: 100_000, pairs: 128 },
  evaluation: { every: 1000, trials: 8, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

let folder: string;
let redis: RedisServer;
let browser: Browser;
let server: Served;
beforeAll(async () => {
  folder = temporaryFolder();
  [browser, redis] = await Promise.all([launch(), RedisServer.start()]);
  server = await serve(join(folder, 'data'), ['--redis', redis.url, '--prefix', prefix]);
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  await killAll();
  await redis?.kill();
  rmSync(folder, { recursive: true, force: true });
});

it('shows a worker over Redis with what it computes, the queue, and that Redis is away', async () => {
  const { page, close } = await open(browser, `${server.url}/#/workers`);
  await page.getByText('No worker is there.').waitFor();
  const { id } = await new Client({ url: server.url }).submit({ name: 'on a worker', spec });
  startWorker({ url: redis.url, prefix }, 'bench-7');
  const row = page.locator('table.workers tbody tr', { hasText: 'bench-7' });
  await row.getByText('ready').waitFor();
  // What it computes is there from chunk to chunk: now and then the page asks between two.
  await eventually(async () => expect(await row.textContent()).toMatch(/on a worker generation \d+ chunk \d+/));
  expect(await row.getByRole('link', { name: 'on a worker' }).first().getAttribute('href')).toBe(`#/runs/${id}`);
  expect(await row.locator('td.number').first().textContent()).toBe('1');
  const figure = (name: string) => page.locator('dt', { hasText: name }).locator('xpath=following-sibling::dd');
  expect(await figure('Slots').textContent()).toContain('1threads of workers over Redis');
  await eventually(async () => expect(Number.parseInt((await figure('Queue').textContent())!, 10)).toBeGreaterThan(0));
  expect(await figure('Redis').textContent()).toContain('connected');

  await redis.kill();
  await eventually(async () => expect(await figure('Redis').textContent()).toContain('away'));
  redis.begin();
  await eventually(async () => expect(await figure('Redis').textContent()).toContain('connected'));
  await row.getByText('ready').waitFor();
  await close();
});
