// Where redis-server is: REDIS_SERVER, PATH, or installed. Nothing is skipped for want of it.

import { aptInstall, works } from './apt.js';

let found: string | undefined;

/** A command that starts a Redis, or a Valkey. Throws with what to do when there is none. */
export function findRedis(): string {
  found ??= [process.env.REDIS_SERVER, 'redis-server', 'valkey-server'].find((path) => path && works(path)) ?? install();
  return found;
}

function install(): string {
  aptInstall('redis-server');
  if (works('redis-server')) return 'redis-server';
  throw new Error('no redis-server found: install it (Debian: apt-get install redis-server), or name it in REDIS_SERVER');
}
