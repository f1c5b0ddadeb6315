// docs/images: every page of the dashboard in both themes, of a server that has something to show: real runs, some
// seven minutes of two cores. `npm run screenshots`

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
/** No more than so long, ms. */
const TRAINING_MS = 1_500_000;
/** Of the runs that are waited for: the first is the whole quickstart, which is clearly above its baseline at its end. */
const GENERATIONS = [480, 240, 160] as const;

const outer = (generations: number): object => ({ outer: { generations } });
const RUNS: NewRun[] = [
  { name: 'two moons', tags: ['moons', 'seed:1'], priority: 1, spec: { seed: 1, ...outer(GENERATIONS[0]) } },
  { name: 'two moons, seed 2', tags: ['moons', 'seed:2'], priority: 2, spec: { seed: 2, ...outer(GENERATIONS[1]) } },
  { name: 'no lateral weights', tags: ['ablation'], priority: 3, spec: { rule: { lateral: false }, ...outer(GENERATIONS[2]) } },
  { name: 'circles and blobs', tags: ['mixture'], priority: 4, spec: { tasks: [{ family: 'circles' }, { family: 'xor-blobs' }] } },
  { name: 'wider rule', tags: ['moons', 'wide'], priority: 5, spec: { rule: { hidden: [32, 32] } } },
  { name: 'larger steps', tags: ['tuning'], priority: 9, spec: { outer: { learningRate: { peak: 0.2 } } } },
];
/** Paused when it has made so many. */
const PAUSED_AT = 10;

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
  const [first, second, third, paused, , cancelled] = ids as [string, string, string, string, string, string];
  await client.cancel(cancelled);
  const reached = (id: string, generation: number): Promise<void> =>
    vi.waitFor(async () => expect((await client.run(id)).generation).toBeGreaterThanOrEqual(generation), {
      timeout: TRAINING_MS,
      interval: 500,
    });
  await reached(paused, PAUSED_AT);
  await client.pause(paused);
  for (const [i, id] of [first, second, third].entries()) await reached(id, GENERATIONS[i]!);
  await vi.waitFor(async () => expect((await client.run(first)).state).toBe('succeeded'), { timeout: 60_000, interval: 500 });

  const pages: [name: string, path: string, ready: string][] = [
    ['runs', 'runs', 'table.runs tbody tr'],
    ['run', `runs/${first}`, `figure.chart[data-last="${GENERATIONS[0] - 1}"]`],
    ['rule', `runs/${first}?view=rule`, '.pictures:not(:has([aria-busy=true]))'],
    ['spec', `runs/${third}?view=spec`, 'table.spec'],
    ['submit', 'submit', '.facts'],
    ['compare', `compare?ids=${[first, second, third].join()}`, 'table.results'],
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
