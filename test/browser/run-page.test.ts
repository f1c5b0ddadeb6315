// A run's page: baselines before the first generation, errors of the server, the pictures of its rule, and those of a run that trains,
// whose newest checkpoint gives way to the next.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import { KERNEL_IDENTITY } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { RunStore } from '@metaplast/training';
import Database from 'better-sqlite3';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { download, eventually, open } from './page.js';
import { small } from './small.js';

const WAITING = 'a'.repeat(16);

let folder: string;
let browser: Browser;
let server: Served;
let client: Client;
/** A run that has succeeded, with its baselines. */
let ended: string;
beforeAll(async () => {
  folder = temporaryFolder();
  const data = join(folder, 'data');
  mkdirSync(data);
  const store = RunStore.open(join(data, 'metaplast.sqlite'));
  store.createRun({ id: WAITING, name: 'waiting', spec: resolveSpec(small(12, 4)), kernel: KERNEL_IDENTITY });
  store.endRun(WAITING, store.startRun(WAITING), 'paused', null);
  store.close();
  [browser, server] = await Promise.all([launch(), serve(data)]);
  client = new Client({ url: server.url });
  ended = (await client.submit({ name: 'ended', spec: small(12, 4) })).id;
  await eventually(
    async () => expect(await client.run(ended)).toMatchObject({ state: 'succeeded', baseline: { accuracy: expect.anything() } }),
    60_000,
  );
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const at = (path: string): string => `${server.url}/#/${path}`;

it('goes on when baselines are measured before the first generation', async () => {
  const { page, close } = await open(browser, at(`runs/${WAITING}`));
  await page.getByText('No held-out evaluation yet').waitFor();
  const db = new Database(join(folder, 'data', 'metaplast.sqlite'));
  db.prepare(
    `INSERT INTO evaluations (run, kind, generation, family, result)
     SELECT ?, kind, generation, family, result FROM evaluations WHERE run = ? AND kind = 'held-out-baselines'`,
  ).run(WAITING, ended);
  db.close();
  await page.locator('figure.chart', { hasText: 'Held-out accuracy' }).locator('.legend').getByText('backprop, SGD').waitFor();
  await client.patch(WAITING, { notes: 'seen all the same' });
  await page.getByText('seen all the same').waitFor();
  expect(await page.locator('.trouble').count()).toBe(0);
  await close();
});

it('says what the server says when it fails, and goes on when it does not any more', async () => {
  const { page, close } = await open(browser, 'about:blank');
  const path = `**/v1/runs/${ended}`;
  const body = JSON.stringify({ code: 'internal', detail: 'the disk is on fire' });
  await page.route(path, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body }));
  await page.goto(at(`runs/${ended}`));
  await page.getByRole('alert').getByText('The disk is on fire.').waitFor();
  await page.unroute(path);
  await page.getByRole('heading', { name: 'ended' }).waitFor();
  expect(await page.getByText('The disk is on fire.').count()).toBe(0);
  await close();
});

it('shows what its rule does at each checkpoint, with a slider, the keyboard, and as a film', async () => {
  const { page, close } = await open(browser, at(`runs/${ended}?view=rule`));
  const pictures = page.locator('.picture-box[aria-busy=false] canvas');
  /** Waits until all pictures are of this generation; their pixels. */
  const pixels = async (generation: number): Promise<string[]> => {
    for (const title of ['Decision boundaries', 'Inner training', 'The rule’s response']) {
      await page.getByRole('img', { name: `${title} at generation ${generation}.` }).waitFor();
    }
    return pictures.evaluateAll((all) => all.map((one) => (one as HTMLCanvasElement).toDataURL()));
  };
  const last = await pixels(12);
  expect(last.every((url) => url.length > 20_000)).toBe(true);
  const slider = page.getByRole('slider', { name: 'Checkpoint' });
  await slider.press('ArrowLeft');
  expect(await slider.getAttribute('aria-valuetext')).toBe('generation 8');
  const earlier = await pixels(8);
  for (const [i, picture] of earlier.entries()) expect(picture).not.toBe(last[i]);
  await page.getByRole('button', { name: 'Play' }).click();
  expect(await pixels(12)).toEqual(last);
  await page.getByRole('button', { name: 'Play' }).waitFor();
  expect((await download(page, 'Decision boundaries: download as svg')).toString()).toMatch(/^<svg .*<\/svg>\s*$/s);
  await close();
});

it('keeps to the newest checkpoint of a run that trains, and its film ends there', async () => {
  // But for the first, no checkpoint stays.
  const { id } = await client.submit({ name: 'trains', spec: small(100_000, 50_000) });
  const reached = async (generation: number): Promise<number> =>
    eventually(async () => {
      const run = await client.run(id);
      expect(run.generation).toBeGreaterThan(generation);
      return run.generation;
    });
  await reached(0);
  const { page, close } = await open(browser, at(`runs/${id}?view=rule`));
  const slider = page.getByRole('slider', { name: 'Checkpoint' });
  const shown = async (): Promise<number> => Number(/\d+/.exec((await slider.getAttribute('aria-valuetext'))!)![0]);
  const follows = async (): Promise<void> => {
    const generation = await reached(await shown());
    await eventually(async () => expect(await shown()).toBeGreaterThanOrEqual(generation));
  };
  await slider.press('Home');
  expect(await shown()).toBe(0);
  await slider.press('End');
  await follows();
  await page.getByRole('button', { name: 'Play' }).click();
  await eventually(async () => expect(await shown()).toBe(0));
  await page.getByRole('button', { name: 'Play' }).waitFor();
  await follows();
  await close();
  await client.cancel(id);
});
