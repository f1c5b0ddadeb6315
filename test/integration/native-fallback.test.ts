// An install whose native kernel computes other bits, or that has none: it says so, and θ is the one of WebAssembly.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative } from '@metaplast/native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './cli.js';
import { installProduction } from './production.js';

const folder = temporaryFolder();
const addons = join(folder, 'packages/native/dist');
const spec = {
  seed: 5,
  inner: { steps: 5, test: 16 },
  outer: { generations: 2, pairs: 4, learningRate: { warmup: 2 } },
  evaluation: { every: 2, trials: 8, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};

function metaplast(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(folder, 'packages/cli/bin/metaplast.js');
  const { NODE_NO_WARNINGS: _, ...env } = process.env; // vitest wants none
  return spawnSync(process.execPath, [main, ...args], { cwd: folder, env, encoding: 'utf8', timeout: 120_000 });
}

/** Trains, and gives θ's sha256 and what was said on the way. */
function train(out: string, ...options: string[]): { sha256: string; said: string } {
  const { status, stderr } = metaplast('train', '--spec', 'spec.json', '--out', out, '--threads', '1', ...options);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  const { thetaSha256 } = JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8')) as { thetaSha256: string };
  return { sha256: thetaSha256, said: stderr };
}

beforeAll(() => {
  installProduction(folder);
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf('create' in loadNative())('a native kernel that computes other bits', () => {
  beforeAll(() => {
    // One coefficient of the exponential function, wherever it stands in the machine code's data, changes by some percent.
    const [name] = readdirSync(addons).filter((file) => /^metaplast-(?!limit).*\.node$/.test(file));
    const path = join(addons, name!);
    const code = readFileSync(path);
    const coefficient = Buffer.from(Float32Array.of(1.3981999507e-3).buffer);
    let found = 0;
    for (let at = code.indexOf(coefficient); at >= 0; at = code.indexOf(coefficient, at + 4), found++) code[at + 2]! ^= 8;
    expect(found).toBeGreaterThan(0);
    rmSync(path); // a link to the good one
    writeFileSync(path, code);
  });

  it('is not used, which is said aloud', () => {
    const wasm = train('wasm', '--engine', 'wasm');
    const { sha256, said } = train('auto');
    expect(sha256).toBe(wasm.sha256);
    expect(wasm.said).not.toContain('native');
    expect(said).toMatch(
      /MetaplastWarning: The native kernel is not used: it computes other bits \(\d+ lanes, identity \w+\)\. Please report/,
    );
    expect(metaplast('doctor').stdout).toMatch(/engine +FAIL +The native kernel is not used: it computes other bits/);
    const refused = metaplast('train', '--spec', 'spec.json', '--out', 'native', '--engine', 'native');
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('the native kernel cannot be used: it computes other bits'),
    ]);
  });
});

describe('no native kernel', () => {
  it('is no trouble', () => {
    for (const file of readdirSync(addons)) if (file.endsWith('.node')) rmSync(join(addons, file));
    const { sha256, said } = train('none');
    expect(sha256).toBe(train('chosen', '--engine', 'wasm').sha256);
    expect(said).not.toContain('MetaplastWarning');
    expect(metaplast('doctor').stdout).toContain('the native kernel is out: not built (npm run build:native)');
  });
});
