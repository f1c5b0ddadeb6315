// Processes end with the one that started them, however that one ends: a test runner kills its forks by signal, without their `exit`.
//
// A helper shell, in a session of its own so that Ctrl-C does not reach it, is told of every child that starts or ends. When we die its
// input closes, and it kills those that are left. A fork whose test runner is gone kills itself.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

const SCRIPT = `
left=
while read -r sign pid; do
  rest=
  for one in $left; do [ "$one" = "$pid" ] || rest="$rest $one"; done
  left=$rest
  [ "$sign" = - ] || left="$left $pid"
done
[ -z "$left" ] || kill -9 $left`;

let reaper: Socket | undefined;

function tell(line: string): void {
  if (reaper === undefined) {
    const shell = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    reaper = shell.stdin as Socket;
    // Neither keeps us alive.
    shell.unref();
    reaper.unref();
    // Not process.exit(): vitest reports that as an error of the test.
    process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  }
  reaper.write(`${line}\n`);
}

/** Kills a child, at the latest when this process is gone. */
export function endWithUs(child: ChildProcess): void {
  const { pid } = child;
  // It could not be started.
  if (pid === undefined) return;
  tell(`+ ${pid}`);
  child.once('exit', () => tell(`- ${pid}`));
}
