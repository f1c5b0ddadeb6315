// A real Chromium of the test's own, with a fresh profile: found by CHROME_PATH or on PATH, else installed with apt-get as root on
// Debian. Never skips: where there is none, tests fail with one line that says what to do.

import { spawnSync } from 'node:child_process';
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

function findChromium(): string {
  const works = (path: string): boolean => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;
  const whole = (path: string): string => (path.includes('/') ? path : spawnSync('which', [path], { encoding: 'utf8' }).stdout.trim());
  const named = process.env.CHROME_PATH;
  for (const path of [named, 'chromium', 'chromium-browser', 'google-chrome']) if (path && works(path)) return whole(path);
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    const quiet = { stdio: 'ignore', timeout: 240_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update', '-q'], quiet);
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], quiet);
    if (works('chromium')) return whole('chromium');
  }
  throw new Error('no Chromium found: install it (Debian: apt-get install chromium) or name it in CHROME_PATH');
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: findChromium(), args: ARGS });
