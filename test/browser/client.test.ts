// packages/client in a page: what a program in a browser gets from it, without the dashboard around it.

import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as client from '@metaplast/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { eventually, open } from './page.js';

declare const metaplast: typeof client;

const GENERATIONS = 150;
const PORT = String(10_000 + (process.pid % 10_000));
const spec = {
  network: { hidden: [8] },
  rule: { hidden: [8] },
  inner: { steps: 8, test: 32 },
  outer: { generations: GENERATIONS, pairs: 256 },
  evaluation: { every: 50, trials: 8, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

let folder: string;
let browser: Browser;
let server: Served;
let bundle: string;
beforeAll(async () => {
  folder = temporaryFolder();
  [browser, server, bundle] = await Promise.all([launch(), start(), bundled()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<Served> => serve(join(folder, 'data'), ['--port', PORT]);

/** The client as a script that makes the global `metaplast`. */
async function bundled(): Promise<string> {
  const require = createRequire(import.meta.url);
  const { build } = createRequire(require.resolve('@metaplast/dashboard/page/index.html'))('esbuild') as {
    build(options: object): Promise<{ outputFiles: { text: string }[] }>;
  };
  const entry = require.resolve('@metaplast/client');
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'iife', globalName: 'metaplast', write: false });
  return outputFiles[0]!.text;
}

/** A page of the server that asks for nothing by itself, with the client in it. */
async function withClient(): Promise<{ page: Page; close(): Promise<void> }> {
  const opened = await open(browser, `${server.url}/inter-license.txt`, { bypassCSP: true });
  await opened.page.addScriptTag({ content: bundle });
  return opened;
}

it('rejects with the server’s problem as a typed error', async () => {
  const { page, close } = await withClient();
  const errors = await page.evaluate(async () => {
    const api = new metaplast.Client({ url: location.origin });
    const errorOf = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof metaplast.ProblemError)) return String(error);
          const { name, status, code, errors: fields, passes, requestId } = error;
          return { name, status, code, pointers: fields.map(({ pointer }) => pointer), passes, hasRequest: requestId !== undefined };
        },
      );
    return [await errorOf(api.run('0'.repeat(16))), await errorOf(api.dryRun({ spec: { seed: -1, rule: { hidden: [] } } }))];
  });
  expect(errors).toEqual([
    { name: 'ProblemError', status: 404, code: 'not-found', pointers: [], passes: false, hasRequest: true },
    {
      name: 'ProblemError',
      status: 400,
      code: 'invalid-fields',
      pointers: ['/spec/seed', '/spec/rule/hidden'],
      passes: false,
      hasRequest: true,
    },
  ]);
  await close();
});

it('follows a run through a kill -9 of the server: every generation once and in order, then its end', async () => {
  const { page, close } = await withClient();
  const id = await page.evaluate(async (body) => {
    const api = new metaplast.Client({ url: location.origin });
    const { id } = await api.submit({ name: 'followed', spec: body });
    const seen = { generations: [] as number[], lost: 0, back: 0, end: '' };
    Object.assign(globalThis, { seen });
    const options = { since: 0, onLost: () => seen.lost++, onBack: () => seen.back++ };
    void (async () => {
      for await (const { event, data } of api.events(id, options)) {
        if (event === 'generation') seen.generations.push(data.generation);
        if (event === 'end') seen.end = data.state;
      }
    })();
    return id;
  }, spec);
  const seen = () =>
    page.evaluate(() => (globalThis as unknown as { seen: { generations: number[]; lost: number; back: number; end: string } }).seen);
  const until = (condition: (now: Awaited<ReturnType<typeof seen>>) => boolean): Promise<void> =>
    eventually(async () => expect(condition(await seen())).toBe(true), 100_000);

  await until(({ generations }) => generations.length > 3);
  await server.end('SIGKILL');
  await until(({ lost }) => lost > 0);
  const { generations: before } = await seen();
  expect(before.length).toBeLessThan(GENERATIONS);
  server = await start();
  await until(({ end }) => end !== '');
  const { generations, back, end } = await seen();
  expect(generations).toEqual(Array.from({ length: GENERATIONS }, (_, i) => i));
  expect(end).toBe('succeeded');
  expect(back).toBe(1);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  await close();
}, 150_000);
