// Kill -9 at random moments, start again, and θ is what it would have been: promises 2 and 3 of the design, with real processes.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '@metaplast/rig';
import { EVALUATION, RunStore } from '@metaplast/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const GENERATIONS = 60;
const KILLS = 5;
const SPEC = JSON.stringify({
  seed: 3,
  inner: { steps: 20 },
  outer: { generations: GENERATIONS, pairs: 16 },
  evaluation: { every: 7, trials: 16 },
});
const DRIVER = fileURLToPath(new URL('./train-driver.mjs', import.meta.url));

let folder: string;
let undisturbed: string;

/** A driver process; `line` resolves with the next line that starts with a word, or undefined when it ends without. */
class Driver {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly ended: Promise<unknown>;
  #changed = (): void => {};
  #over = false;

  constructor(store: string, threads: number, chunkSize?: number, shellPrefix = '') {
    const args = [DRIVER, store, SPEC, String(threads), ...(chunkSize ? [String(chunkSize)] : [])];
    this.#process = spawn('sh', ['-c', `${shellPrefix} exec "$0" "$@"`, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    endWithUs(this.#process);
    const lines = createInterface({ input: this.#process.stdout! });
    lines.on('line', (line) => {
      this.#lines.push(line);
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      lines.on('close', () => {
        this.#over = true;
        this.#changed();
        resolve(undefined);
      });
    });
  }

  /** Waits for `count` lines in all, or the end. */
  async said(count: number): Promise<string[]> {
    while (this.#lines.length < count && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.#lines;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  /** All lines, when it has ended by itself. */
  async all(): Promise<string[]> {
    await this.ended;
    return this.#lines;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the store holds between two processes: a whole prefix of the run. Returns the generations committed. */
function committed(path: string): number {
  const store = RunStore.open(path);
  const run = store.findRun('run');
  const generations = run ? store.series.metrics('run').map((m) => m.generation) : [];
  expect(generations).toEqual(Array.from(generations, (_, i) => i));
  if (generations.length > 0) expect(store.checkpoint('run')?.generation).toBe(generations.length);
  store.close();
  return generations.length;
}

function expectWhole(path: string): void {
  expect(committed(path)).toBe(GENERATIONS);
  const store = RunStore.open(path);
  expect(store.run('run').state).toBe('succeeded');
  expect(store.evaluations('run', EVALUATION.heldOut).map((e) => e.generation)).toEqual([0, 7, 14, 21, 28, 35, 42, 49, 56, 60]);
  store.close();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-resume-'));
  const last = (await new Driver(join(folder, 'undisturbed.db'), 1).all()).at(-1)!;
  expect(last).toMatch(/^done [0-9a-f]{64}$/);
  undisturbed = last;
  expectWhole(join(folder, 'undisturbed.db'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a run that is killed and started again', () => {
  it.each([
    [1, 3],
    [2, 3],
    [1, 16],
    [2, 16],
    [2, undefined],
  ])('ends with the same θ: %i threads, chunks of %s', async (threads, chunkSize) => {
    const path = join(folder, `${threads}-${chunkSize}.db`);
    const moments: string[] = [];
    // While it starts.
    const early = Math.random() * 500;
    const first = new Driver(path, threads, chunkSize);
    await sleep(early);
    await first.kill();
    moments.push(`${early.toFixed(0)} ms after its start`);
    for (let kill = 1; kill < KILLS; kill++) {
      const before = committed(path);
      const driver = new Driver(path, threads, chunkSize);
      const lines = await driver.said(1 + Math.floor(Math.random() * 8));
      // Goes on from the last commit: nothing is repeated, nothing left out.
      expect(lines[0]).toBe(`committed ${before + 1}`);
      const late = Math.random() * 50;
      await sleep(late);
      await driver.kill();
      moments.push(`${late.toFixed(0)} ms after ${lines.at(-1)}`);
    }
    console.log(`${threads} threads, chunks of ${chunkSize}: killed ${moments.join('; ')}`);
    expect(committed(path)).toBeLessThan(GENERATIONS);
    expect((await new Driver(path, 3 - threads, chunkSize).all()).at(-1)).toBe(undisturbed);
    expectWhole(path);
  });

  it('stops with a clear reason when files may not grow, and goes on when they may', async () => {
    const path = join(folder, 'limited.db');
    const lines = await new Driver(path, 1, undefined, 'ulimit -f 800;').all();
    expect(lines.at(-1)).toMatch(/^error StoreError run store .*limited\.db cannot be (read or )?written: [^\n]*$/);
    expect(committed(path)).toBe(lines.length - 1);
    expect(lines.length - 1).toBeGreaterThan(0);
    expect((await new Driver(path, 2).all()).at(-1)).toBe(undisturbed);
    expectWhole(path);
  });
});
