// What a reader does with curves: log axis, zoom, shared cursor, smoothing, files. Values are read off the page: out of legends, pixels and bytes.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import type { MetricsPoint } from '@metaplast/protocol';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { download, eventually, open, sizeOfPng } from './page.js';
import { fill, LONG_RUN } from './store.js';

const GENERATIONS = 600;
/** One more than there are colours. */
const RUNS = 9;
/** Where the gradient norm, 2 + sin(generation / 97), is about 2, 3 and 1. */
const [MIDDLE, TOP, BOTTOM] = [0, 152, 457] as const;
/** Where it falls fastest. */
const DOWN = 305;

let folder: string;
let browser: Browser;
let server: Served;
let points: MetricsPoint[];
beforeAll(async () => {
  folder = temporaryFolder();
  fill(join(folder, 'data'), RUNS, GENERATIONS);
  [browser, server] = await Promise.all([launch(), serve(join(folder, 'data'))]);
  ({ points } = await new Client({ url: server.url }).metrics(LONG_RUN));
  expect(points.length).toBe(GENERATIONS);
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const chart = (page: Page, title: string): Locator => page.locator('figure.chart', { hasText: title });
const openRun = async () => {
  const opened = await open(browser, `${server.url}/#/runs/${LONG_RUN}`, { colorScheme: 'light' });
  await opened.page
    .locator(`figure.chart[data-last="${GENERATIONS - 1}"] .u-over`)
    .first()
    .waitFor();
  return opened;
};
/** Moves the mouse over a chart's plot: 0 is its left edge, 1 its right one. */
async function hover(page: Page, title: string, share: number): Promise<void> {
  const over = chart(page, title).locator('.u-over');
  await over.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await over.boundingBox())!;
  await page.mouse.move(x + share * width, y + height / 2);
}
/** The generation that a chart's legend is at. */
const generationAt = async (page: Page, title: string): Promise<number> =>
  Number(/generation (\d+)/.exec((await chart(page, title).locator('.legend .at').textContent())!)![1]);
/** What the legend says of the first line. */
const valueAt = async (page: Page, title: string): Promise<number> =>
  Number(await chart(page, title).locator('.legend b').first().textContent());

/** How far under the plot's top the line of a chart is at some generations, px of the screen: the middle of what has its colour there. */
const heights = (page: Page, title: string, generations: readonly number[]): Promise<number[]> =>
  chart(page, title).evaluate(
    (figure, { at, last }) => {
      const canvas = figure.querySelector('canvas')!;
      const [whole, plot] = [canvas.getBoundingClientRect(), figure.querySelector('.u-over')!.getBoundingClientRect()];
      const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
      const wanted = [1, 3, 5].map((i) => Number.parseInt(accent.slice(i, i + 2), 16));
      return at.map((generation) => {
        const x = Math.round(plot.left - whole.left + (generation / last) * plot.width);
        const { data } = canvas.getContext('2d')!.getImageData(Math.max(x, plot.left - whole.left + 1), 0, 1, canvas.height);
        const rows = Array.from({ length: canvas.height }, (_, y) => y).filter((y) => {
          const pixel = data.slice(4 * y, 4 * y + 4);
          return pixel[3]! > 128 && wanted.every((value, i) => Math.abs(value - pixel[i]!) < 24);
        });
        return rows.reduce((sum, y) => sum + y, 0) / rows.length - (plot.top - whole.top);
      });
    },
    { at: [...generations], last: GENERATIONS - 1 },
  );

it('switches an axis from linear to logarithmic and back: equal differences, then equal ratios, are equally far apart', async () => {
  const { page, close } = await openRun();
  const [low, middle, high] = [BOTTOM, MIDDLE, TOP].map((generation) => points[generation]!.gradientNorm) as [number, number, number];
  /** How much of the way from the lowest to the highest value the middle one is drawn at. */
  const share = async (): Promise<number> => {
    const [bottom, between, top] = (await heights(page, 'Gradient norm', [BOTTOM, MIDDLE, TOP])) as [number, number, number];
    return (bottom - between) / (bottom - top);
  };
  const linear = (middle - low) / (high - low);
  const logarithmic = Math.log(middle / low) / Math.log(high / low);
  expect([linear, logarithmic]).toEqual([expect.closeTo(0.5, 2), expect.closeTo(0.63, 2)]);
  await eventually(async () => expect(await share()).toBeCloseTo(linear, 1.3));
  const log = page.getByRole('button', { name: 'log axis of Gradient norm' });
  await log.click();
  expect(await log.getAttribute('aria-pressed')).toBe('true');
  await eventually(async () => expect(await share()).toBeCloseTo(logarithmic, 1.3));
  await log.click();
  await eventually(async () => expect(await share()).toBeCloseTo(linear, 1.3));
  await close();
});

it('zooms all charts by a drag over one, shares the cursor, and shows all again after a double click', async () => {
  const { page, close } = await openRun();
  const titles = ['Meta-loss', 'Gradient norm', 'Signal to noise', 'θ and its updates', 'Utilisation'];
  /** The generations at the left and right edges, of each chart. */
  const edges = async (): Promise<[number, number][]> => {
    const found: [number, number][] = [];
    for (const title of titles) {
      const ends: number[] = [];
      for (const share of [0.0005, 0.9995]) {
        await hover(page, title, share);
        ends.push(await generationAt(page, title));
      }
      found.push(ends as [number, number]);
    }
    return found;
  };
  expect(await edges()).toEqual(titles.map(() => [0, GENERATIONS - 1]));

  await hover(page, 'Meta-loss', 0.25);
  const at = await generationAt(page, 'Meta-loss');
  expect(Math.abs(at - 0.25 * (GENERATIONS - 1))).toBeLessThanOrEqual(1);
  for (const title of titles) expect(await generationAt(page, title)).toBe(at);
  expect(await valueAt(page, 'Gradient norm')).toBe(Number(points[at]!.gradientNorm.toPrecision(4)));

  await page.mouse.down();
  await hover(page, 'Meta-loss', 0.5);
  await page.mouse.up();
  await page.getByText('generations 150 to 300').waitFor();
  for (const [left, right] of await edges()) {
    expect(Math.abs(left - 150)).toBeLessThanOrEqual(2);
    expect(Math.abs(right - 300)).toBeLessThanOrEqual(2);
  }

  await chart(page, 'Signal to noise').locator('.u-over').dblclick();
  await page.getByText('Drag over a chart to zoom').waitFor();
  expect(await edges()).toEqual(titles.map(() => [0, GENERATIONS - 1]));
  await close();
});

it('smooths with a debiased exponential mean, and keeps what was measured behind it', async () => {
  const { page, close } = await openRun();
  const plot = chart(page, 'Gradient norm').locator('.plot');
  const slider = page.getByRole('slider', { name: 'Smoothing' });
  await slider.fill('0.9');
  const generation = (): Promise<number> => generationAt(page, 'Gradient norm');
  await plot.press('Home');
  for (let i = 0; i < 20; i++) await plot.press('PageDown');
  await eventually(async () => expect(await generation()).toBe(200));
  const weights = points.slice(0, 201).map((_, i) => 0.9 ** (200 - i));
  const mean = weights.reduce((sum, weight, i) => sum + weight * points[i]!.gradientNorm, 0) / weights.reduce((a, b) => a + b, 0);
  await eventually(async () => expect(await valueAt(page, 'Gradient norm')).toBe(Number(mean.toPrecision(4))));
  // The line itself is where the smoothed value is: on the way down it is higher than what was measured.
  const [smoothed] = await heights(page, 'Gradient norm', [DOWN]);
  // The cursor stays where the keys brought it while the plot is replaced by one of other lines, or of another axis.
  await slider.fill('0');
  await eventually(async () => expect(await valueAt(page, 'Gradient norm')).toBe(Number(points[200]!.gradientNorm.toPrecision(4))));
  const [measured] = await heights(page, 'Gradient norm', [DOWN]);
  expect(measured! - smoothed!).toBeGreaterThan(3);
  expect(await generation()).toBe(200);
  await page.getByRole('button', { name: 'log axis of Gradient norm' }).click();
  await plot.press('ArrowRight');
  await eventually(async () => expect(await generation()).toBe(201));
  await close();
});

it('gives a chart as a PNG: the canvas itself under title and legend', async () => {
  const { page, close } = await openRun();
  const canvas = await chart(page, 'Gradient norm')
    .locator('canvas')
    .evaluate((one: HTMLCanvasElement) => ({ width: one.width, height: one.height }));
  const png = await download(page, 'Gradient norm: download as PNG');
  expect(sizeOfPng(png)).toEqual({ width: canvas.width + 24, height: canvas.height + 56 });
  /** Pixels of the picture that are not those of the canvas on the panel's colour; and dark ones above it. */
  const found = await chart(page, 'Gradient norm').evaluate(async (figure, base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const shown = figure.querySelector('canvas')!;
    const pixels = (draw: (ctx: CanvasRenderingContext2D) => void, height: number): Uint8ClampedArray => {
      const ctx = Object.assign(document.createElement('canvas'), { width: shown.width, height }).getContext('2d')!;
      ctx.fillStyle = '#ffffff';
      ctx.fillRect(0, 0, shown.width, height);
      draw(ctx);
      return ctx.getImageData(0, 0, shown.width, height).data;
    };
    const below = pixels((ctx) => ctx.drawImage(picture, -12, -44), shown.height);
    const canvas = pixels((ctx) => ctx.drawImage(shown, 0, 0), shown.height);
    const head = pixels((ctx) => ctx.drawImage(picture, -12, 0), 44);
    return {
      others: below.filter((value, i) => Math.abs(value - canvas[i]!) > 2).length,
      dark: head.filter((value) => value < 100).length,
    };
  }, png.toString('base64'));
  expect(found.others).toBe(0);
  expect(found.dark).toBeGreaterThan(300);
  await close();
});

it('zooms with the keys around the cursor, and tells screen readers where that is', async () => {
  const { page, close } = await openRun();
  const plot = chart(page, 'Gradient norm').locator('.plot');
  const legend = chart(page, 'Gradient norm').locator('.legend');
  const generation = (): Promise<number> => generationAt(page, 'Gradient norm');
  await plot.focus();
  expect(await legend.getAttribute('aria-live')).toBe('off');
  await plot.press('Home');
  for (let i = 0; i < 20; i++) await plot.press('PageDown');
  await eventually(async () => expect(await generation()).toBe(200));
  expect(await legend.getAttribute('aria-live')).toBe('polite');
  await plot.press('+');
  await page.getByText('generations 100 to 400').waitFor();
  expect(await generation()).toBe(200);
  await plot.press('+');
  await page.getByText('generations 150 to 300').waitFor();
  await plot.press('ArrowRight');
  await eventually(async () => expect(await generation()).toBe(201));
  for (let i = 0; i < 3; i++) await plot.press('-');
  await page.getByText('Drag over a chart to zoom').waitFor();
  expect(await generation()).toBe(201);
  await close();
});

it('draws all charts in a browser that does not say when it is idle', async () => {
  const { page, close } = await open(browser, 'about:blank');
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'requestIdleCallback'));
  await page.goto(`${server.url}/#/runs/${LONG_RUN}`);
  await eventually(async () => expect(await page.locator('figure.chart canvas').count()).toBe(9));
  await close();
});

it('tells more runs apart than there are colours: the ninth is dashed', async () => {
  const ids = Array.from({ length: RUNS - 1 }, (_, i) => (i + 1).toString(16).padStart(16, '0'));
  const { page, close } = await open(browser, `${server.url}/#/compare?ids=${[...ids, LONG_RUN].join()}`);
  const swatches = page.locator('table.results .swatch');
  await eventually(async () => expect(await swatches.count()).toBe(RUNS));
  expect(await swatches.evaluateAll((all) => all.map((one) => one.classList.contains('dash')))).toEqual([...ids.map(() => false), true]);
  await close();
});
