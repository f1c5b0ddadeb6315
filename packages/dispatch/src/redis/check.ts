// Whether a Redis can be used: its version and how it is set up.

import type { Redis } from 'ioredis';
import { RedisSetupError } from './errors.js';

/** What is worth knowing about a Redis that can be used. */
export interface RedisFacts {
  version: string;
  /** What costs time or is risky, in a line each that says how to change it. */
  warnings: string[];
}

const OLDEST = [6, 2] as const;

/** Waits until Redis answers. Throws RedisSetupError with what is wrong and how to fix it. */
export async function checkRedis(redis: Redis): Promise<RedisFacts> {
  let info: string;
  try {
    info = await redis.info();
    await redis.select(redis.options.db ?? 0);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\.$/, '');
    throw new RedisSetupError(`Redis refuses to talk: ${reason}. Check user, password and database in the URL.`, { cause });
  }
  return judge(info);
}

/** The verdict on the text of INFO; throws RedisSetupError. */
export function judge(info: string): RedisFacts {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = field('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) {
    throw new RedisSetupError(`Redis is version ${version}, at least ${OLDEST.join('.')} is needed: install a newer Redis (or Valkey)`);
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new RedisSetupError(
      `Redis has maxmemory-policy ${policy}, which lets it drop keys at will: run "redis-cli CONFIG SET maxmemory-policy noeviction" and put "maxmemory-policy noeviction" into redis.conf`,
    );
  }
  if (field('redis_mode') === 'cluster') {
    throw new RedisSetupError('Redis is a cluster, whose nodes hold only part of the keys: use a single Redis, with a replica if need be');
  }
  const warnings: string[] = [];
  if (field('aof_enabled') === '0') {
    warnings.push('Redis keeps no append-only file: its restart costs the time of the chunks in flight; set "appendonly yes" to spare it');
  }
  return { version, warnings };
}
