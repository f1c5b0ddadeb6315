// A served process and requests to it, as a client sees them.

import { type ChildProcess, spawn } from 'node:child_process';
import { endWithUs } from '@metaplast/rig';
import { MAIN } from './cli.js';

export interface Served {
  url: string;
  child: ChildProcess;
  /** All log lines so far. */
  log(): string;
  /** Ends it and waits until it is gone; resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `metaplast serve` on a free port; resolves when it is ready, rejects with what it said when it ends before. */
export function serve(data: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--data', data, '--threads', '2', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let log = '';
  const gone = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return gone;
  };
  return new Promise((resolve, reject) => {
    const take = (text: string): void => {
      log += text;
      const url = /"url":"(http[^"]+)"/.exec(log)?.[1];
      if (url) resolve({ url, child, log: () => log, end });
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    void gone.then((code) => reject(new Error(`ended with ${code}: ${log}`)));
  });
}
