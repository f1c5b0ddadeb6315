// `metaplast serve` as a process, with a store that is filled, and what the process costs.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@metaplast/client';
import { endWithUs, sleep } from '@metaplast/rig';

const MAIN = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

export interface Server {
  url: string;
  client: Client;
  /** Resident memory, MB; Linux only, 0 elsewhere. */
  residentMb(): number;
  /** Processor time that each of its threads has had, ms, by thread id; Linux only, none elsewhere. */
  processorMs(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** With the settings that it has by default, but for the limit of requests a minute; `env` is added. Its log goes nowhere. */
export async function startServer(folder: string, threads: number, env: NodeJS.ProcessEnv = {}): Promise<Server> {
  const port = await freePort();
  const args = [MAIN, 'serve', '--port', String(port), '--data', folder, '--threads', String(threads)];
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: 'ignore',
    env: { ...process.env, METAPLAST_RATE_LIMIT: '1000000', ...env },
  });
  endWithUs(child);
  const url = `http://127.0.0.1:${port}`;
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  while (
    !(await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`metaplast serve ended with ${child.exitCode}`);
    await sleep(100);
  }
  const residentMb = (): number => {
    try {
      return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  };
  const processorMs = (): Map<string, number> => {
    const times = new Map<string, number>();
    try {
      for (const thread of readdirSync(`/proc/${child.pid}/task`)) {
        times.set(thread, Number.parseInt(readFileSync(`/proc/${child.pid}/task/${thread}/schedstat`, 'utf8'), 10) / 1e6);
      }
    } catch {}
    return times;
  };
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    return gone;
  };
  return { url, client: new Client({ url }), residentMb, processorMs, stop };
}

export const storeOf = (folder: string): string => join(folder, 'metaplast.sqlite');
