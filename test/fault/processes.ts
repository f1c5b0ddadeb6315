// Worker and coordinator processes that tests start, stop, freeze and kill.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** Lock time of all tests, ms: short, so that what is lost comes back soon. */
export const LOCK_MS = 2000;

export class Process {
  readonly #child: ChildProcess;
  /** Everything on stdout and stderr so far. */
  output = '';
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  over = false;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const { VITEST: _vitest, ...inherited } = process.env;
    this.#child = spawn(process.execPath, args, {
      env: { ...inherited, METAPLAST_LOCK_MS: String(LOCK_MS), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.over = true;
        running.delete(this);
        resolve(code ?? signal);
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Waits until the output has a text. */
  async said(text: string): Promise<void> {
    await until(() => this.output.includes(text) || this.over, `"${text}" in the output:\n${this.output}`);
    if (!this.output.includes(text)) throw new Error(`ended without "${text}":\n${this.output}`);
  }
}

const running = new Set<Process>();

export async function killAll(): Promise<void> {
  await Promise.all([...running].map((one) => one.kill()));
}

export interface WorkerPlace {
  url: string;
  prefix: string;
}

export function startWorker({ url, prefix }: WorkerPlace, name: string, flags: readonly string[] = []): Process {
  return new Process([
    MAIN,
    'worker',
    '--redis',
    url,
    '--prefix',
    prefix,
    '--name',
    name,
    '--threads',
    '1',
    '--log-level',
    'debug',
    ...flags,
  ]);
}

/** A worker whose threads run fixtures/`thread`, or that says it has another kernel. */
export function startOddWorker({ url, prefix }: WorkerPlace, name: string, options: { thread?: string; kernel?: string }): Process {
  const { thread, kernel = '' } = options;
  return new Process([fixture('odd-worker.mjs'), url, prefix, name, String(LOCK_MS), thread ? fixture(thread) : '', kernel]);
}

/** A coordinator process on a store; see fixtures/coordinator.mjs. */
export function startCoordinator({ url, prefix }: WorkerPlace, store: string, spec: unknown, killAt = ''): Process {
  return new Process([fixture('coordinator.mjs'), url, prefix, store, JSON.stringify(spec), killAt]);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = 60_000): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(20)) if (await condition()) return;
  throw new Error(`timed out waiting for ${what}`);
}

/** metaplast train of a short run, with whatever says where it is computed. */
export function startTrain(flags: readonly string[]): Process {
  const sizes = ['outer.generations=60', 'outer.pairs=48', 'inner.steps=50', 'network.hidden=[32]', 'evaluation.every=10'];
  return new Process([MAIN, 'train', '--preset', 'smoke', ...sizes.flatMap((size) => ['--set', size]), ...flags]);
}
