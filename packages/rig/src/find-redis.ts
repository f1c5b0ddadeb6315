// Where redis-server is: REDIS_SERVER, PATH, or installed. Nothing is skipped for want of it.

import { findOrInstall, works } from './apt.js';

let found: string | undefined;

/** A command that starts a Redis, or a Valkey. Throws with what to do when there is none. */
export function findRedis(): string {
  const find = (): string | undefined => [process.env.REDIS_SERVER, 'redis-server', 'valkey-server'].find((path) => path && works(path));
  found ??= findOrInstall(find, 'redis-server');
  if (found !== undefined) return found;
  throw new Error('no redis-server found: install it (Debian: apt-get install redis-server), or name it in REDIS_SERVER');
}
