// A coordinator's settings: flags before environment before defaults, checked at start. The table is also the documentation's.

import { availableParallelism } from 'node:os';
import { DEFAULT_LOCK_MS, DEFAULT_PREFIX, readSettings, type Setting } from '@metaplast/dispatch';
import { ENGINE_CHOICES } from '@metaplast/engine';
import { ValidationError } from '@metaplast/protocol';
import Type, { type Static } from 'typebox';

const Token = Type.Optional(Type.String({ minLength: 16, maxLength: 512, pattern: '^[\\w.~+/=-]+$' }));

const CoordinatorConfig = Type.Object({
  host: Type.String({ minLength: 1, maxLength: 255 }),
  port: Type.Integer({ minimum: 0, maximum: 65_535 }),
  data: Type.String({ minLength: 1 }),
  redis: Type.Optional(Type.String({ minLength: 1 })),
  prefix: Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w.-]+$' }),
  threads: Type.Integer({ minimum: 1, maximum: 1024 }),
  engine: Type.Union(ENGINE_CHOICES.map((choice) => Type.Literal(choice))),
  maxRuns: Type.Integer({ minimum: 1, maximum: 64 }),
  token: Token,
  readToken: Token,
  allowedHosts: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 32 }),
  rateLimit: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  lockMs: Type.Integer({ minimum: 500, maximum: 600_000 }),
  graceMs: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
  logLevel: Type.Union(['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level))),
});
export type CoordinatorConfig = Static<typeof CoordinatorConfig>;

const WHAT = 'coordinator configuration';

/** Setting, environment variable, what it is, default. */
export const COORDINATOR_SETTINGS: Record<keyof CoordinatorConfig, Setting> = {
  host: {
    env: 'METAPLAST_HOST',
    description: 'address to listen on; any but loopback needs a token (default 127.0.0.1)',
    fallback: () => '127.0.0.1',
  },
  port: { env: 'METAPLAST_PORT', description: 'port to listen on; 0 is any free one (default 8420)', fallback: () => 8420 },
  data: { env: 'METAPLAST_DATA', description: 'folder of the run store (default data)', fallback: () => 'data' },
  redis: {
    env: 'METAPLAST_REDIS_URL',
    description: 'redis:// or rediss://[user:password@]host[:port][/database]; without it this process computes itself',
    secret: true,
  },
  prefix: { env: 'METAPLAST_PREFIX', description: 'of all keys in Redis; the workers’ must be the same', fallback: () => DEFAULT_PREFIX },
  threads: {
    env: 'METAPLAST_THREADS',
    description: 'without Redis: threads to compute on; default one a core',
    fallback: availableParallelism,
  },
  engine: {
    env: 'METAPLAST_ENGINE',
    description: 'without Redis: kernel to compute on, auto, wasm or native; the results are the same (default auto)',
    fallback: () => 'auto',
  },
  maxRuns: { env: 'METAPLAST_MAX_RUNS', description: 'runs worked on at the same time (default 4)', fallback: () => 4 },
  token: {
    env: 'METAPLAST_TOKEN',
    description: 'bearer token that may do everything, at least 16 characters (or METAPLAST_TOKEN_FILE)',
    secret: true,
  },
  readToken: { env: 'METAPLAST_READ_TOKEN', description: 'bearer token that may only read (or METAPLAST_READ_TOKEN_FILE)', secret: true },
  allowedHosts: {
    env: 'METAPLAST_ALLOWED_HOSTS',
    description: 'names that clients may call the server by, with commas; default: loopback names on a loopback address, any elsewhere',
    fallback: () => [],
  },
  rateLimit: { env: 'METAPLAST_RATE_LIMIT', description: 'requests a minute and client address (default 1200)', fallback: () => 1200 },
  lockMs: { env: 'METAPLAST_LOCK_MS', description: 'as the workers’ (see metaplast worker)', fallback: () => DEFAULT_LOCK_MS },
  graceMs: {
    env: 'METAPLAST_GRACE_MS',
    description: 'time to finish generations after SIGTERM, ms (default 20000)',
    fallback: () => 20_000,
  },
  logLevel: { env: 'METAPLAST_LOG_LEVEL', description: 'debug, info, warn, error or silent (default info)', fallback: () => 'info' },
};

/** Throws ValidationError, which names the environment variable of each setting that is wrong. */
export function coordinatorConfig(flags: Partial<CoordinatorConfig>, env: NodeJS.ProcessEnv = process.env): CoordinatorConfig {
  const config = readSettings(WHAT, CoordinatorConfig, COORDINATOR_SETTINGS, flags, env);
  if (!isLoopback(config.host) && config.token === undefined) {
    const detail = `is required to listen on ${config.host}: whoever reaches it could start and stop runs. Set it, or listen on 127.0.0.1`;
    throw new ValidationError(WHAT, [{ pointer: 'token (METAPLAST_TOKEN)', detail }]);
  }
  // Host names are compared as URLs have them.
  return { ...config, allowedHosts: config.allowedHosts.map((name) => name.toLowerCase()) };
}

/** Whether only this machine can reach it. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
