// A run's folder with a real store: what it gives, and what happens when the store's bytes are not what they were.

import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSpec } from '@metaplast/protocol';
import { heldOutBaselines, reportRun, runTraining, thetaSha256 } from '@metaplast/training';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTheta } from '../artifacts/theta.js';
import { describeFailure } from '../errors.js';
import { ARTIFACTS, FIGURE_FILES, missing, openOrBeginRun, openRun, REPORT_FILES, RUN_ID, storedSpec } from './folder.js';
import { thetaOf, writeFigure, writeReportFiles } from './outputs.js';
import { storedReport } from './stored.js';
import { withThreads } from './threads.js';

/** Seconds where cores are busy with other things. */
const SLOW = { timeout: 60_000 };

const parent = mkdtempSync(join(tmpdir(), 'metaplast-folder-'));
afterAll(() => rmSync(parent, { recursive: true }));

const spec = resolveSpec({
  network: { hidden: [4] },
  rule: { hidden: [4] },
  inner: { steps: 4, test: 16 },
  outer: { generations: 4, pairs: 2 },
  evaluation: { every: 2, trials: 8, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
});
const made = join(parent, 'made');

beforeAll(async () => {
  const { store } = openOrBeginRun(made, 'test', spec);
  await withThreads({ threads: 1 }, async (dispatcher) => {
    await heldOutBaselines({ spec, dispatcher }, { store, runId: RUN_ID });
    await runTraining({ store, runId: RUN_ID, dispatcher });
    const report = await reportRun({ store, runId: RUN_ID, dispatcher });
    writeReportFiles(made, store, report, REPORT_FILES);
  });
  await writeFigure(made, store, FIGURE_FILES);
  store.close();
}, SLOW.timeout);

describe('a finished folder', () => {
  it('has all files, of the newest θ', () => {
    expect(missing(made, ARTIFACTS)).toEqual([]);
    expect(readdirSync(made).sort()).toEqual([...ARTIFACTS, 'run.sqlite'].sort());
    const { store, run } = openRun(made);
    expect(run.state).toBe('succeeded');
    const newest = thetaOf(store);
    expect(newest.generation).toBe(4);
    const report = JSON.parse(readFileSync(join(made, 'report.json'), 'utf8')) as Record<string, unknown>;
    expect(report.thetaSha256).toBe(thetaSha256(newest.theta));
    expect(report.tasks).toEqual(JSON.parse(JSON.stringify(storedReport(store))));
    for (const file of ['theta.safetensors', 'theta.npz']) expect(readTheta(join(made, file))).toEqual(newest);
    expect(thetaOf(store, 2).generation).toBe(2);
    expect(() => thetaOf(store, 3)).toThrow('has no checkpoint of generation 3; it has 0, 2, 4');
    store.close();
  });

  it('is opened with its own spec only', () => {
    expect(storedSpec(made)).toEqual(spec);
    const { store } = openOrBeginRun(made, 'test', resolveSpec(spec));
    store.close();
    const before = readFileSync(join(made, 'run.sqlite'));
    const other = resolveSpec({ ...spec, seed: 9, outer: { ...spec.outer, pairs: 3 } });
    expect(() => openOrBeginRun(made, 'test', other)).toThrow(
      'holds a run of another spec (outer.pairs: 2 there, 3 here; seed: 1 there, 9 here)',
    );
    expect(readFileSync(join(made, 'run.sqlite'))).toEqual(before);
  });
});

describe('other folders', () => {
  it('are refused where a run is needed', () => {
    expect(storedSpec(join(parent, 'none'))).toBeUndefined();
    expect(() => openRun(join(parent, 'none'))).toThrow("none is not a run's folder: it has no run.sqlite");
    expect(existsSync(join(parent, 'none'))).toBe(false);
  });

  it('are not begun in when they hold results of something else', () => {
    const folder = mkdtempSync(join(parent, 'foreign-'));
    writeFileSync(join(folder, 'report.json'), '{}');
    expect(() => openOrBeginRun(folder, 'test', spec)).toThrow('has report.json but no run.sqlite');
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});

describe('a store whose bytes changed', () => {
  const whole = (): Uint8Array => readFileSync(join(made, 'run.sqlite'));

  /** Does all that reads a store; what it throws must be the user's to mend, and one line. */
  async function use(bytes: Uint8Array): Promise<void> {
    const folder = mkdtempSync(join(parent, 'fuzz-'));
    writeFileSync(join(folder, 'run.sqlite'), bytes);
    copyFileSync(join(made, 'report.json'), join(folder, 'report.json'));
    try {
      const { store } = openRun(folder);
      try {
        thetaOf(store);
        storedReport(store);
        await writeFigure(folder, store, ['figure.svg']);
      } finally {
        store.close();
      }
    } catch (error) {
      const { text, exitCode } = describeFailure(error);
      expect({ text, exitCode }).toEqual({ text: expect.stringMatching(/^metaplast: [^\n]+$/), exitCode: 2 });
    }
    expect(readFileSync(join(folder, 'report.json'))).toEqual(readFileSync(join(made, 'report.json')));
    rmSync(folder, { recursive: true });
  }

  it('is used as far as it is sound, or refused', SLOW, async () => {
    const bytes = whole();
    const change = fc.record({ at: fc.nat(bytes.length - 1), values: fc.uint8Array({ minLength: 1, maxLength: 40 }) });
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const changed = Uint8Array.from(bytes);
      for (const { at, values } of changes) changed.set(values.subarray(0, bytes.length - at), at);
      await use(changed);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('is used or refused when its text changed', SLOW, async () => {
    const bytes = whole();
    const printable = [...bytes.keys()].filter((at) => bytes[at]! > 0x20 && bytes[at]! < 0x7f);
    const property = fc.asyncProperty(fc.constantFrom(...printable), fc.integer({ min: 0x20, max: 0x7e }), async (at, value) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = value;
      await use(changed);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('is refused when truncated', async () => {
    const bytes = whole();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), (length) => use(bytes.subarray(0, length))),
      { numRuns: 20 },
    );
  });
});
