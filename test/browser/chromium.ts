// A real Chromium of the test's own, with a fresh profile: found by CHROME_PATH or on PATH, else installed with apt-get as root on
// Debian. Never skips: where there is none, tests fail with one line that says what to do.

import { spawnSync } from 'node:child_process';
import { findOrInstall, works } from '@metaplast/rig';
import { type Browser, chromium } from 'playwright-core';

const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function findChromium(): string {
  const find = (): string | undefined =>
    [process.env.CHROME_PATH, 'chromium', 'chromium-browser', 'google-chrome'].find((path) => path && works(path));
  const path = findOrInstall(find, 'chromium');
  if (!path) throw new Error('no Chromium found: install it (Debian: apt-get install chromium) or name it in CHROME_PATH');
  return path.includes('/') ? path : spawnSync('which', [path], { encoding: 'utf8' }).stdout.trim();
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: findChromium(), args: ARGS });
