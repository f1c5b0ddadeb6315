// Programs of the system that tests and benches need: installed with apt-get where this is Debian and we are root.

import { spawnSync } from 'node:child_process';

/** Whether a program starts. */
export const works = (path: string, args: readonly string[] = ['--version']): boolean =>
  spawnSync(path, args, { stdio: 'ignore' }).status === 0;

/** Installs a package if that is possible; whether it helped is to be seen by trying. */
function aptInstall(name: string): void {
  if (process.getuid?.() !== 0 || !works('apt-get')) return;
  const quiet = { stdio: 'ignore', timeout: 240_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['update', '-q'], quiet);
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', name], quiet);
}

/** Calls `find`; if it finds nothing, installs the package and calls it again. */
export function findOrInstall(find: () => string | undefined, name: string): string | undefined {
  const there = find();
  if (there !== undefined) return there;
  aptInstall(name);
  return find();
}

/**
 * Finds, or installs, programs before test files start: those run two at a time, and only one apt-get can. What is still missing is
 * left to the tests that need it, which say so.
 */
export function prepare(...finders: readonly (() => unknown)[]): void {
  for (const find of finders) {
    try {
      find();
    } catch {}
  }
}
