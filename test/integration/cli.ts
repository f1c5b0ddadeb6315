// The built command line as a user runs it: a process, its output, its exit code.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '@metaplast/rig';

export const MAIN = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

export interface Outcome {
  exitCode: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  /** Working directory. */
  cwd: string;
  /** Shell words before the command, e.g. a limit. */
  prefix?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Called with all output so far whenever there is more. */
  onOutput?: (out: string, child: ChildProcess) => void;
}

/** Runs `metaplast ...args` to its end. */
export function metaplast(args: readonly string[], { cwd, prefix = '', env: more = {}, onOutput }: RunOptions): Promise<Outcome> {
  const { METAPLAST_DEBUG: _debug, npm_lifecycle_event: _event, ...env } = process.env;
  const child = spawn('sh', ['-c', `${prefix} exec "$0" "$@"`, process.execPath, MAIN, ...args], {
    cwd,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    onOutput?.(out, child);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, out, err }));
  });
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'metaplast-cli-'));
