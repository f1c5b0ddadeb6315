// Where redis-server is: REDIS_SERVER, PATH, or installed with apt-get as root on Debian. Nothing is skipped for want of it.

import { spawnSync } from 'node:child_process';

let found: string | undefined;

const works = (path: string): boolean => spawnSync(path, ['--version']).status === 0;

/** A command that starts a Redis, or a Valkey. Throws with what to do when there is none. */
export function findRedis(): string {
  found ??= [process.env.REDIS_SERVER, 'redis-server', 'valkey-server'].find((path) => path && works(path)) ?? install();
  return found;
}

function install(): string {
  const root = process.getuid?.() === 0;
  if (root && works('apt-get')) {
    const quiet = { stdio: 'ignore', timeout: 240_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update', '-q'], quiet);
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], quiet);
    if (works('redis-server')) return 'redis-server';
  }
  throw new Error('no redis-server found: install it (Debian: apt-get install redis-server), or name it in REDIS_SERVER');
}
