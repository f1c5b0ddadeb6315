// The dashboard through a run's whole life: submitted, watched, paused, resumed, its server killed, finished, its θ downloaded.

import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import { decodeTheta } from '@metaplast/training';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { download, eventually, generationsOf, open } from './page.js';

// So large that the run is still under way when its server is killed, on a fast machine, too.
const GENERATIONS = 160;
const PAIRS = 512;
const PORT = String(20_000 + (process.pid % 12_000));
const spec = {
  seed: 3,
  network: { hidden: [16] },
  rule: { hidden: [8] },
  inner: { steps: 20, test: 32 },
  outer: { generations: GENERATIONS, pairs: PAIRS },
  evaluation: { every: 20, trials: 16, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

let folder: string;
let browser: Browser;
let server: Served;
beforeEach(async () => {
  folder = temporaryFolder();
  [browser, server] = await Promise.all([launch(), start()]);
});
afterEach(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<Served> => serve(join(folder, 'data'), ['--port', PORT]);
/** The newest generation that the meta-loss chart has. */
const drawn = async (page: Page): Promise<number> =>
  Number(await page.locator('figure.chart', { hasText: 'Meta-loss' }).getAttribute('data-last'));
const until = (page: Page, generation: number): Promise<void> =>
  eventually(async () => expect(await drawn(page)).toBeGreaterThanOrEqual(generation), 30_000);

it('shows a run from its submission to its θ, through pause, resume and a kill -9 of the server', async () => {
  const { page, close } = await open(browser, server.url);
  await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
  await page.getByRole('link', { name: 'Submit a run' }).click();

  // Errors of the server stand at their fields, and cost is shown once there are none.
  const editor = page.getByRole('textbox', { name: /^Spec/ });
  await editor.fill(JSON.stringify({ ...spec, seed: -1 }, null, 2));
  await page.getByText('/seed', { exact: true }).waitFor();
  expect(await page.getByRole('button', { name: 'Line 2' }).isVisible()).toBe(true);
  expect(await page.getByRole('button', { name: 'Submit' }).isDisabled()).toBe(true);
  await editor.fill(JSON.stringify(spec, null, 2));
  await page.getByText((2 * PAIRS * GENERATIONS).toLocaleString('en-GB')).waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('watched');
  await page.getByRole('button', { name: 'Submit' }).click();

  await page.getByRole('heading', { name: 'watched' }).waitFor();
  const id = /runs\/([0-9a-f]{16})/.exec(page.url())![1]!;
  await until(page, 5);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('paused', { exact: true }).first().waitFor();
  const paused = await drawn(page);
  await page.waitForTimeout(600);
  expect((await drawn(page)) - paused).toBeLessThanOrEqual(1);
  await page.getByRole('button', { name: 'Resume' }).click();
  await until(page, paused + 10);

  await server.end('SIGKILL');
  await page.getByText('The server cannot be reached.').waitFor();
  const killed = await drawn(page);
  server = await start();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.getByText('The server cannot be reached.').count()).toBe(0);
  await until(page, killed + 10);

  await page.getByText('succeeded', { exact: true }).first().waitFor({ timeout: 120_000 });
  await until(page, GENERATIONS - 1);
  // Measured while the page was open.
  await page.locator('figure.chart', { hasText: 'Held-out accuracy' }).getByText('backprop, SGD').first().waitFor();
  expect(await page.locator('figure.chart', { hasText: 'Meta-loss' }).getAttribute('data-points')).toBe(String(GENERATIONS));
  expect(generationsOf(await download(page, 'CSV'))).toEqual(Array.from({ length: GENERATIONS }, (_, i) => i));
  expect((await download(page, 'Meta-loss: download as PNG')).subarray(1, 4).toString()).toBe('PNG');

  await page.getByRole('link', { name: 'Checkpoints and events' }).click();
  const file = await download(page, `Download generation ${GENERATIONS} as safetensors`);
  const client = new Client({ url: server.url });
  const { thetaSha256 } = await client.run(id);
  const { theta } = decodeTheta(file);
  expect(
    createHash('sha256')
      .update(new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength))
      .digest('hex'),
  ).toBe(thetaSha256);
  for (const state of ['queued', 'paused', 'succeeded']) expect(await page.locator('.events', { hasText: state }).count()).toBe(1);
  await close();
}, 240_000);
