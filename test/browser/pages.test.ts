// The dashboard's pages: list, comparison, hostile names, keyboard alone, tokens, a run that fails, and what axe-core finds.

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import type { Run } from '@metaplast/protocol';
import Database from 'better-sqlite3';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { eventually, type Opened, open } from './page.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A telephone's, px. */
const NARROW = 400;
const HOSTILE = `<img src=x onerror="document.title='owned'">"'\`</td><script>document.title='owned'</script>{{7*7}}\u202eabc`;
const small = (seed: number, generations = 12): object => ({
  seed,
  network: { hidden: [8] },
  rule: { hidden: [8] },
  inner: { steps: 8, test: 32 },
  outer: { generations, pairs: 16 },
  evaluation: { every: 4, trials: 16, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
});

let folder: string;
let browser: Browser;
let server: Served;
let client: Client;
let runs: Run[];
beforeAll(async () => {
  folder = temporaryFolder();
  [browser, server] = await Promise.all([launch(), serve(join(folder, 'data'))]);
  client = new Client({ url: server.url });
  runs = [
    await client.submit({ name: 'first', tags: ['pair'], spec: small(1) }),
    await client.submit({ name: 'second', tags: ['pair'], spec: small(2) }),
    await client.submit({ name: HOSTILE.slice(0, 120), notes: HOSTILE, spec: small(3) }),
  ];
  await eventually(async () => {
    for (const { id } of runs) expect((await client.run(id)).state).toBe('succeeded');
  }, 60_000);
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const at = (path: string): string => `${server.url}/#/${path}`;
const row = (page: Page, name: string) => page.locator('table.runs tbody tr', { hasText: name });

describe('the list of runs', () => {
  it('is filtered and sorted by its URL, and shows changes without a reload', async () => {
    const { page, close } = await open(browser, at('runs?tag=pair&sort=name'));
    await eventually(async () => expect(await page.locator('table.runs a.name').allTextContents()).toEqual(['first', 'second']));
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    expect(page.url()).toContain('sort=-name');
    expect(await page.locator('table.runs a.name').allTextContents()).toEqual(['second', 'first']);
    const { id } = await client.submit({ name: 'third', tags: ['pair'], spec: small(4) });
    await row(page, 'third').getByText('succeeded').waitFor();
    await client.delete(id);
    await row(page, 'third').waitFor({ state: 'detached' });
    await close();
  });

  it('deletes after asking, and not without', async () => {
    const { id } = await client.submit({ name: 'in the way', spec: small(5) });
    const { page, close } = await open(browser, at('runs?q=in+the+way'));
    await row(page, 'in the way').getByText('succeeded').waitFor();
    await page.getByRole('checkbox', { name: 'Choose in the way' }).check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
    expect((await client.run(id)).name).toBe('in the way');
    // The focus is where it was before the question.
    await eventually(async () => expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Delete'));
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row(page, 'in the way').waitFor({ state: 'detached' });
    await expect(client.run(id)).rejects.toMatchObject({ status: 404 });
    await close();
  });

  it('names all that would be deleted, also what is not shown, and says what could not be', async () => {
    const names = ['one of three', 'two of three', 'three of three'];
    const ids: string[] = [];
    for (const [i, name] of names.entries()) ids.push((await client.submit({ name, spec: small(20 + i) })).id);
    const { page, close } = await open(browser, at('runs?q=of+three'));
    expect(await page.title()).toBe('Runs – metaplast');
    for (const name of names) {
      await row(page, name).getByText('succeeded').waitFor();
      await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
    }
    await page.getByRole('searchbox').fill('two of');
    await page.getByText('3 runs chosen, 2 of them not shown').waitFor();
    const body = JSON.stringify({ code: 'run-state', detail: 'the run is busy' });
    await page.route(`**/v1/runs/${ids[0]}`, (route) =>
      route.request().method() === 'DELETE'
        ? route.fulfill({ status: 409, contentType: 'application/problem+json', body })
        : route.continue(),
    );
    await page.getByRole('button', { name: 'Delete' }).click();
    expect((await page.getByRole('dialog').locator('li').allTextContents()).sort()).toEqual([...names].sort());
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted 2 of 3 runs. “one of three”: The run is busy.').waitFor();
    expect((await client.list({ name: 'of three' })).runs.map(({ name }) => name)).toEqual(['one of three']);
    await client.delete(ids[0]!);
    await close();
  });
});

it('compares chosen runs, and says where their specs differ', async () => {
  const { page, close } = await open(browser, at('runs'));
  for (const name of ['first', 'second']) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
  await page.getByRole('link', { name: 'Compare' }).last().click();
  const chart = page.locator('figure.chart', { hasText: 'Meta-loss' });
  await eventually(async () => expect(await chart.getAttribute('data-last')).toBe('11'));
  for (const name of ['first', 'second']) expect(await chart.locator('.legend').textContent()).toContain(name);
  const table = page.locator('section', { hasText: 'Where the specs differ' }).locator('tbody tr');
  const cells = await table.locator('th, td').allTextContents();
  expect(cells[0]).toBe('seed');
  expect(cells.slice(1).sort()).toEqual(['1', '2']);
  // A run that is gone is in nobody's way.
  await page.goto(at(`compare?ids=${runs[0]!.id},${'0'.repeat(16)}`));
  await page.getByRole('button', { name: 'Remove what is gone' }).click();
  await page.locator('table.results').getByRole('link', { name: 'first' }).waitFor();
  expect(page.url()).not.toContain('0'.repeat(16));
  await close();
});

it('shows hostile names as what they are: text', async () => {
  const { page, close } = await open(browser, at('runs'));
  const name = runs[2]!.name;
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
  expect(await page.locator('h1').textContent()).toBe(name);
  expect(await page.locator('.note-line').textContent()).toBe(HOSTILE);
  for (const view of ['spec', 'history']) await page.goto(at(`runs/${runs[2]!.id}?view=${view}`));
  await page.goto(at(`compare?ids=${runs.map(({ id }) => id).join()}`));
  await page.getByRole('link', { name, exact: true }).waitFor();
  await page.goto(at('%3Cscript%3E/%ZZ?q=%3Cimg%20src=x%20onerror=alert(1)%3E'));
  await page.getByText('There is no such page').waitFor();
  expect(await page.title()).not.toContain('owned');
  expect(await page.locator('main img, main script').count()).toBe(0);
  await close();
});

it('is used with the keyboard alone', async () => {
  const { page, close } = await open(browser, at('runs?q=first'));
  await row(page, 'first').waitFor();
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  /** Tabs on until the focus is on what has this name. */
  const tabTo = async (name: RegExp, key = 'Tab'): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      await press(key);
      const label = await page.evaluate(() => {
        const { activeElement: on } = document;
        return on?.getAttribute('aria-label') ?? on?.textContent ?? '';
      });
      if (name.test(label)) return;
    }
    throw new Error(`${key} never reaches ${name}`);
  };
  await press('Tab');
  await press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  await tabTo(/^Choose first$/);
  await press('Space');
  await tabTo(/^Delete$/);
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('a.name').focus();
  await press('Enter');
  await page.getByRole('heading', { name: 'first' }).waitFor();
  await page.locator('figure.chart[data-last="11"]').first().waitFor();
  await tabTo(/^Meta-loss, generation 0 to 11/);
  await press('Home');
  for (let i = 0; i < 3; i++) await press('ArrowRight');
  const legend = page.locator('figure.chart', { hasText: 'Gradient norm' }).locator('.legend');
  await eventually(async () => expect(await legend.textContent()).toContain('generation 3'));
  await tabTo(/^Spec$/, 'Shift+Tab');
  await press('Enter');
  await page.getByRole('heading', { name: 'Provenance' }).waitFor();
  await close();
});

it('asks for a token when the server wants one, and keeps it for the tab', async () => {
  const [token, reading] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const secured = await serve(join(folder, 'secured'), [], { METAPLAST_TOKEN: token, METAPLAST_READ_TOKEN: reading });
  const { page, close } = await open(browser, secured.url);
  await page.getByRole('heading', { name: 'This server wants a token' }).waitFor();
  await page.getByLabel('Token').fill('not the right token');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The server refused this token.').waitFor();
  await page.getByLabel('Token').fill(reading);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
  // From the token that may only read to the one that may write, with what was written in the form.
  await page.getByRole('link', { name: 'Submit a run' }).click();
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('with the other token');
  await page.getByText('The token may read only.').waitFor();
  await page.getByRole('button', { name: 'Change token' }).click();
  await page.getByRole('button', { name: 'Keep the old one' }).click();
  await page.getByRole('button', { name: 'Change token' }).click();
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('.facts').waitFor();
  expect(await name.inputValue()).toBe('with the other token');
  await close();
  await secured.end('SIGKILL');
});

it('says first why a run failed', async () => {
  const { id } = await client.submit({ name: 'broken', spec: small(7, 100_000) });
  onTestFinished(async () => {
    // Whether it has failed or is still paused: a second try finds none.
    await client.cancel(id).catch(() => {});
    await client.delete(id);
  });
  await eventually(async () => expect((await client.run(id)).generation).toBeGreaterThan(0));
  await client.pause(id);
  await eventually(async () => expect((await client.run(id)).state).toBe('paused'));
  const db = new Database(join(folder, 'data', 'metaplast.sqlite'));
  db.prepare("UPDATE checkpoints SET state = x'00' WHERE run = ?").run(id);
  db.close();
  const { page, close } = await open(browser, at(`runs/${id}`));
  await page.getByRole('button', { name: 'Resume' }).click();
  const reason = page.getByRole('alert');
  const failed = /^Failed: run store .* is corrupt: checkpoint \d+ of run/;
  await eventually(async () => expect(await reason.textContent()).toMatch(failed));
  expect((await reason.boundingBox())!.y).toBeLessThan((await page.locator('dl.figures').boundingBox())!.y);
  await page.goto(at('runs?show=failed'));
  await row(page, 'broken').getByText('failed').waitFor();
  expect(await page.locator('table.runs tbody tr').count()).toBe(1);
  await close();
});

describe('axe-core', () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(browser, at('runs'), { colorScheme: 'light', bypassCSP: true });
    await opened.page.addScriptTag({ path: AXE });
  });
  afterAll(() => opened.close());

  it.each([
    ['runs', () => 'runs', 'table.runs tbody tr'],
    ['submit', () => 'submit', 'textarea'],
    ['curves', () => `runs/${runs[0]!.id}`, 'figure.chart[data-last="11"]'],
    ['rule', () => `runs/${runs[0]!.id}?view=rule`, '.picture-box[aria-busy=false] canvas'],
    ['spec', () => `runs/${runs[0]!.id}?view=spec`, 'table.spec, .panel p.muted'],
    ['history', () => `runs/${runs[0]!.id}?view=history`, '.formats button'],
    ['compare', () => `compare?ids=${runs.map(({ id }) => id).join()}`, 'table.results'],
    ['workers', () => 'workers', 'table.workers'],
  ])('finds nothing serious in either theme, and a narrow window is wide enough: %s', async (_name, path, ready) => {
    const { page } = opened;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(at(path()));
    await page.locator(ready).first().waitFor();
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
      grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { impact: string; id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations;
      });
      const found = violations.map(
        ({ impact, id, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
      );
      expect(found.filter((line) => /^(serious|critical)/.test(line))).toEqual([]);
    }
    expect(new Set(grounds).size).toBe(2);
    await page.setViewportSize({ width: NARROW, height: 900 });
    await eventually(async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW));
  });
});
