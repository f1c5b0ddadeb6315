// docs/images: every page of the dashboard in both themes, of a server that has something to show. `npm run screenshots`

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@metaplast/client';
import type { NewRun } from '@metaplast/protocol';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { open } from './page.js';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const GENERATIONS = 80;

const spec = (more: object, outer: object = {}): object => ({
  network: { hidden: [16] },
  inner: { steps: 20, test: 64 },
  outer: { generations: GENERATIONS, pairs: 24, ...outer },
  evaluation: { every: 5, trials: 64, reportTrials: 16, validationTrials: 8, families: [{ family: 'two-moons' }] },
  ...more,
});
const RUNS: NewRun[] = [
  { name: 'two moons', tags: ['moons', 'seed:1'], spec: spec({ seed: 1 }) },
  { name: 'two moons, seed 2', tags: ['moons', 'seed:2'], spec: spec({ seed: 2 }) },
  { name: 'no lateral weights', tags: ['ablation'], spec: spec({ rule: { lateral: false } }) },
  {
    name: 'wider rule',
    tags: ['moons', 'wide'],
    priority: 6,
    spec: spec({ rule: { hidden: [32, 32] } }, { generations: 4 * GENERATIONS }),
  },
  { name: 'circles and blobs', tags: ['mixture'], priority: 7, spec: spec({ tasks: [{ family: 'circles' }, { family: 'xor-blobs' }] }) },
  { name: 'larger steps', tags: ['tuning'], priority: 9, spec: spec({}, { learningRate: { peak: 0.2 } }) },
];

let folder: string;
let server: Served;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await serve(join(folder, 'data'));
});
afterAll(async () => {
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('makes the pictures', async () => {
  const client = new Client({ url: server.url });
  const ids: string[] = [];
  for (const run of RUNS) ids.push((await client.submit(run)).id);
  await client.cancel(ids[5]!);
  const reached = (id: string, generation: number): Promise<void> =>
    vi.waitFor(async () => expect((await client.run(id)).generation).toBeGreaterThanOrEqual(generation), {
      timeout: 500_000,
      interval: 500,
    });
  for (const id of ids.slice(0, 3)) await reached(id, GENERATIONS);
  await reached(ids[4]!, 10);
  await client.pause(ids[4]!);

  const pages: [name: string, path: string, ready: string][] = [
    ['runs', 'runs', 'table.runs tbody tr'],
    ['run', `runs/${ids[0]}`, `figure.chart[data-last="${GENERATIONS - 1}"]`],
    ['spec', `runs/${ids[2]}?view=spec`, 'table.spec'],
    ['submit', 'submit', '.facts'],
    ['compare', `compare?ids=${ids.slice(0, 3).join()}`, 'table.results'],
    ['workers', 'workers', 'table.workers'],
  ];
  mkdirSync(IMAGES, { recursive: true });
  const browser = await launch();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, path, ready] of pages) {
      const { page, close } = await open(browser, `${server.url}/#/${path}`, { colorScheme, viewport: { width: 1280, height: 860 } });
      await page.locator(ready).first().waitFor({ timeout: 60_000 });
      // Until charts have their data, and the fleet a little history.
      await page.waitForTimeout(name === 'workers' ? 12_000 : 1500);
      await page.screenshot({ path: join(IMAGES, `${name}-${colorScheme}.png`) });
      await close();
    }
  }
  await browser.close();
});
