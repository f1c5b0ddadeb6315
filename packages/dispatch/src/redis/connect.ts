// A connection to Redis that never gives up: commands wait until it is back, and somebody is told.

import { Redis } from 'ioredis';
import { RedisSetupError } from './errors.js';
import type { Log } from './log.js';
import type { Timings } from './timings.js';

/** An unreachable Redis is mentioned so often, ms. */
const REMIND_MS = 10_000;
/** Longest pause between attempts to connect, ms. */
const LONGEST_PAUSE_MS = 1000;

/** The URL without user and password, for people and logs. */
export function redactUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Throws RedisSetupError for what is no redis:// or rediss:// URL, without repeating it: it may hold a password. */
export function checkUrl(url: string): void {
  const hint = 'give redis://[user:password@]host[:port][/database], or rediss:// for TLS';
  if (!URL.canParse(url)) throw new RedisSetupError(`the Redis URL is not a URL: ${hint}`);
  const { protocol, pathname, hostname } = new URL(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:') throw new RedisSetupError(`the Redis URL begins with ${protocol}//: ${hint}`);
  if (hostname === '') throw new RedisSetupError(`the Redis URL names no host: ${hint}`);
  if (!/^(\/\d{0,5})?$/.test(pathname)) throw new RedisSetupError(`the Redis URL's database is not a number: ${hint}`);
}

/** Begins to connect; returns at once. Commands never fail for want of a connection. */
export function openRedis(url: string, name: string, times: Timings, log: Log): Redis {
  checkUrl(url);
  const redis = new Redis(url, {
    connectionName: name,
    maxRetriesPerRequest: null,
    socketTimeout: times.silence,
    connectTimeout: Math.min(times.silence, 10_000),
    retryStrategy: (times) => Math.min(100 * times, LONGEST_PAUSE_MS),
  });
  reportTrouble(redis, redactUrl(url), log);
  return redis;
}

/** Says when Redis cannot be reached, again from time to time, and when it is back. */
function reportTrouble(redis: Redis, where: string, log: Log): void {
  let since: number | undefined;
  let said = Number.NEGATIVE_INFINITY;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    if (error.name === 'ReplyError') return; // it was reached: checkRedis() says what it does not like
    const now = performance.now();
    since ??= now;
    if (now - said < REMIND_MS) return;
    said = now;
    log('warn', `Redis at ${where} cannot be reached (${reasonOf(error)}); trying again until it is there`);
  });
  redis.on('ready', () => {
    if (since === undefined) return;
    log('info', `Redis at ${where} is back after ${((performance.now() - since) / 1000).toFixed(1)} s`);
    since = undefined;
    said = Number.NEGATIVE_INFINITY;
  });
}

/** What Node.js calls a certificate that nobody known to it has signed. */
const UNTRUSTED = /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER/;

/** ioredis leaves the message of a refused connection to several addresses empty. */
function reasonOf({ message, code = '', name }: NodeJS.ErrnoException): string {
  const hint = UNTRUSTED.test(code) ? ': name its authority’s file in NODE_EXTRA_CA_CERTS' : '';
  return `${message || code || name}${hint}`;
}

/** Closes in order when that is possible at once, else by force. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') {
    const quit = redis.quit().catch(() => undefined);
    await Promise.race([quit, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  }
  redis.disconnect();
}
