// The page that makes runs: through an absence of the server, with presets and what was written, and forks with what the server says of them.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@metaplast/client';
import type { Run } from '@metaplast/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metaplast, temporaryFolder } from '../integration/cli.js';
import { type Served, serve } from '../integration/server.js';
import { launch } from './chromium.js';
import { eventually, open } from './page.js';
import { small } from './small.js';

const PORT = String(10_000 + (process.pid % 10_000));
const spec = small(12, 4);

let folder: string;
let browser: Browser;
let server: Served;
let client: Client;
let parent: Run;
beforeAll(async () => {
  folder = temporaryFolder();
  [browser, server] = await Promise.all([launch(), start()]);
  client = new Client({ url: server.url });
  parent = await succeeded((await client.submit({ name: 'first', spec })).id);
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<Served> => serve(join(folder, 'data'), ['--port', PORT]);
const at = (path: string): string => `${server.url}/#/${path}`;
const succeeded = (id: string): Promise<Run> =>
  eventually(async () => {
    const run = await client.run(id);
    expect(run.state).toBe('succeeded');
    return run;
  }, 60_000);

it('goes on by itself after the server was away', async () => {
  const { page, close } = await open(browser, at('submit'));
  const submit = page.getByRole('button', { name: 'Submit' });
  await page.locator('.facts').waitFor();
  await server.end('SIGKILL');
  await page.getByRole('textbox', { name: 'Name' }).fill('written meanwhile');
  await page.getByText('Trying again every second').waitFor();
  expect(await submit.isDisabled()).toBe(true);
  server = await start();
  await page.getByText('Live', { exact: true }).waitFor();
  await eventually(async () => expect(await submit.isDisabled()).toBe(false));

  // What nobody asks for again by itself: a click.
  await server.end('SIGKILL');
  await submit.click();
  await page.getByText('Reconnecting').waitFor();
  server = await start();
  await page.getByText('Live', { exact: true }).waitFor();
  await close();
});

it('keeps labels when another preset is chosen, and asks before what was written in the spec is lost', async () => {
  const { page, close } = await open(browser, at('submit'));
  const editor = page.getByRole('textbox', { name: /^Spec/ });
  const presets = page.getByLabel('Preset');
  const name = page.getByRole('textbox', { name: 'Name' });
  await presets.selectOption('smoke');
  await eventually(async () => expect(await name.inputValue()).toBe('smoke'));
  await name.fill('mine');
  await page.getByRole('textbox', { name: 'Tags' }).fill('kept');
  await editor.fill('{"seed": 77}');
  await presets.selectOption('quickstart');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
  expect([await presets.inputValue(), await editor.inputValue()]).toEqual(['smoke', '{"seed": 77}']);
  await presets.selectOption('quickstart');
  await page.getByRole('dialog').getByRole('button', { name: 'Replace' }).click();
  await eventually(async () => expect(await editor.inputValue()).toContain('"generations": 480'));
  expect([await name.inputValue(), await page.getByRole('textbox', { name: 'Tags' }).inputValue()]).toEqual(['mine', 'kept']);
  await close();
});

describe('a fork', () => {
  it('begins at a checkpoint, names its parent, and goes on from its θ', async () => {
    const { page, close } = await open(browser, at(`runs/${parent.id}`));
    await page.getByRole('link', { name: 'Fork' }).click();
    await page.getByRole('heading', { name: 'Fork “first”' }).waitFor();
    await page.getByLabel('Checkpoint').selectOption('generation 8');
    expect(await page.getByLabel('Count generations from 0 again').isChecked()).toBe(false);
    await page.getByRole('textbox', { name: 'Name' }).fill('forked');
    await page.getByRole('button', { name: 'Fork' }).click();
    await page.getByRole('heading', { name: 'forked' }).waitFor();
    await page.getByText(`Forked from ${parent.id} at generation 8.`).waitFor();
    await page.getByText('succeeded', { exact: true }).first().waitFor();
    const chart = page.locator('figure.chart', { hasText: 'Meta-loss' });
    await eventually(async () =>
      expect([await chart.getAttribute('data-points'), await chart.getAttribute('data-last')]).toEqual(['4', '11']),
    );
    const { id, thetaSha256, forkedFrom } = await client.run(/runs\/([0-9a-f]{16})/.exec(page.url())![1]!);
    const [begin] = (await client.checkpoints(id)).checkpoints;
    expect(begin).toEqual((await client.checkpoints(parent.id)).checkpoints.find(({ generation }) => generation === 8));
    expect(forkedFrom).toEqual({ run: parent.id, generation: 8, thetaSha256: begin!.thetaSha256 });
    // As nothing else was changed, its end is its parent's.
    expect(thetaSha256).toBe(parent.thetaSha256);
    await page.getByRole('link', { name: parent.id }).click();
    await page.getByRole('heading', { name: 'first' }).waitFor();
    await close();
  });

  it('is refused at the field that is wrong', async () => {
    const { page, close } = await open(browser, at(`submit?fork=${parent.id}`));
    await page.locator('.facts').waitFor();
    await page.getByRole('button', { name: 'Fork' }).click();
    await page.locator('.field-errors', { hasText: '/outer/generations must be more than 12' }).waitFor();
    await page.getByLabel('Count generations from 0 again').check();
    expect(await page.locator('.field-errors').count()).toBe(0);
    await close();
  });

  it.each([
    ['that goes on', { generation: 8, spec: { outer: { generations: 16 } } }],
    ['that began anew', { restart: true, spec: { seed: 9, outer: { optimiser: { kind: 'sgd' } } } }],
  ])('%s is repeated by the command that its page gives, also without its parent', async (_which, asked) => {
    const grandparent = await client.submit({ name: 'to be deleted', spec });
    await succeeded(grandparent.id);
    const fork = await succeeded((await client.fork(grandparent.id, { name: 'fork', ...asked })).id);
    await client.delete(grandparent.id);
    const { page, close } = await open(browser, at(`runs/${fork.id}?view=spec`));
    const command = (await page.locator('.command code').textContent())!;
    expect(command).toMatch(/^npx metaplast fork /);
    const { exitCode, out, err } = await metaplast([...command.split(' ').slice(2), '--wait', '--json'], { cwd: folder });
    expect([exitCode, err]).toEqual([0, expect.anything()]);
    const again = (await client.list({ name: 'fork', limit: 1 })).runs[0]!;
    expect(again.id, out).not.toBe(fork.id);
    const { thetaSha256, spec: same } = await client.run(again.id);
    expect(thetaSha256).toBe(fork.thetaSha256);
    expect(same).toEqual(fork.spec);
    await close();
  });
});
