// A page of the dashboard in a browser of the test's own, which notes all that goes wrong in it.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, vi } from 'vitest';

export interface Opened {
  page: Page;
  /** Uncaught errors, and what the content security policy refused. */
  wrong: string[];
  /** Closes the page; nothing may have gone wrong. */
  close(): Promise<void>;
}

/** How long anything on a page, or behind it, may take on a busy machine, ms: tests say what must happen, not how fast. */
const PATIENCE = 20_000;

/** Waits until the check passes, for as long as what it checks may take, ms. */
export const eventually = <T>(check: () => T | Promise<T>, patience = PATIENCE): Promise<T> => vi.waitFor(check, { timeout: patience });

/** A page in a context of its own: no tokens, no themes of earlier ones. */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  // As for a page that comes over plain HTTP from another machine.
  await page.addInitScript(() => Reflect.deleteProperty(Crypto.prototype, 'randomUUID'));
  page.setDefaultTimeout(PATIENCE);
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    // Refused requests are noted by the browser, and are the page's business.
    if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) wrong.push(message.text());
  });
  await page.goto(url);
  const close = async (): Promise<void> => {
    await context.close();
    expect(wrong).toEqual([]);
  };
  return { page, wrong, close };
}

/** What a click on `name` downloads. */
export async function download(page: Page, name: string | RegExp, timeout = PATIENCE): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout }), page.getByRole('button', { name }).click()]);
  const parts: Buffer[] = [];
  for await (const part of await file.createReadStream()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Of a PNG's header, px; throws when it is none. https://www.w3.org/TR/png-3/#5PNG-file-signature */
export function sizeOfPng(file: Buffer): { width: number; height: number } {
  expect(file.subarray(0, 8)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'));
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
}

/** The generations of a metrics CSV. */
export const generationsOf = (csv: Buffer): number[] =>
  csv
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));
