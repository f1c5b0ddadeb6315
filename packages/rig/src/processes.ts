// Processes of metaplast that are started, stopped, frozen and killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './reaper.js';

const MAIN = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));

/** Lock time of tests and benches, ms: short, so that what is lost comes back soon. */
export const LOCK_MS = 2000;

/** A Node.js process whose output is kept. */
export class Process {
  readonly #child: ChildProcess;
  /** Everything on stdout and stderr so far. */
  output = '';
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  over = false;

  /** `shell`: words before the command, e.g. a limit. */
  constructor(args: readonly string[], env: Record<string, string> = {}, shell = '') {
    const { VITEST: _vitest, ...inherited } = process.env;
    this.#child = spawn('sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...args], {
      env: { ...inherited, METAPLAST_LOCK_MS: String(LOCK_MS), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    endWithUs(this.#child);
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

  get pid(): number {
    return this.#child.pid!;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Waits until the output has a text. */
  async said(text: string, ms?: number): Promise<void> {
    await until(
      () => this.output.includes(text) || this.over,
      () => `"${text}" in the output:\n${this.output}`,
      ms,
    );
    if (!this.output.includes(text)) throw new Error(`ended without "${text}":\n${this.output}`);
  }
}

const running = new Set<Process>();

/** Kills all that still run. A child that a timed-out test starts later dies with this process. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((one) => one.kill()));
}

/** Where coordinators and workers meet. */
export interface RedisPlace {
  url: string;
  prefix: string;
}

/** The command line, as built. */
export const metaplastProcess = (args: readonly string[], env: Record<string, string> = {}): Process => new Process([MAIN, ...args], env);

/** `metaplast worker` with one thread, which logs a line a chunk. */
export function startWorker(
  { url, prefix }: RedisPlace,
  name: string,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Process {
  const place = ['--redis', url, '--prefix', prefix, '--name', name];
  return metaplastProcess(['worker', ...place, '--threads', '1', '--log-level', 'debug', ...flags], env);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for a condition; throws with what it waited for. */
export async function until(condition: () => boolean | Promise<boolean>, what: string | (() => string), ms = 120_000): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(20)) if (await condition()) return;
  throw new Error(`timed out waiting for ${typeof what === 'string' ? what : what()}`);
}
