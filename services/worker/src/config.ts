// A worker's settings: flags before environment before defaults, checked at start. The table is also the documentation's.

import { availableParallelism, hostname } from 'node:os';
import { DEFAULT_LOCK_MS, DEFAULT_PREFIX, readSettings, type Setting } from '@metaplast/dispatch';
import { ENGINE_CHOICES } from '@metaplast/engine';
import Type, { type Static } from 'typebox';

const WorkerConfig = Type.Object({
  redis: Type.String({ minLength: 1 }),
  prefix: Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w.-]+$' }),
  name: Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w.-]+$' }),
  threads: Type.Integer({ minimum: 1, maximum: 1024 }),
  engine: Type.Union(ENGINE_CHOICES.map((choice) => Type.Literal(choice))),
  lockMs: Type.Integer({ minimum: 500, maximum: 600_000 }),
  graceMs: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
  healthHost: Type.String({ minLength: 1, maxLength: 255 }),
  healthPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  logLevel: Type.Union(['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level))),
});
export type WorkerConfig = Static<typeof WorkerConfig>;

/** Setting, environment variable, what it is, default. */
export const WORKER_SETTINGS: Record<keyof WorkerConfig, Setting> = {
  redis: { env: 'METAPLAST_REDIS_URL', description: 'redis:// or rediss://[user:password@]host[:port][/database]', secret: true },
  prefix: {
    env: 'METAPLAST_PREFIX',
    description: 'of all keys in Redis; the coordinator’s must be the same',
    fallback: () => DEFAULT_PREFIX,
  },
  name: { env: 'METAPLAST_WORKER_NAME', description: 'how logs and lists call this worker', fallback: hostname },
  threads: {
    env: 'METAPLAST_THREADS',
    description: 'chunks computed at the same time; default one a core',
    fallback: availableParallelism,
  },
  engine: {
    env: 'METAPLAST_ENGINE',
    description: 'kernel to compute on, auto, wasm or native; the results are the same (default auto)',
    fallback: () => 'auto',
  },
  lockMs: {
    env: 'METAPLAST_LOCK_MS',
    description: 'a worker that is silent for so long loses its chunks to others, ms; the same for all workers and coordinators',
    fallback: () => DEFAULT_LOCK_MS,
  },
  graceMs: { env: 'METAPLAST_GRACE_MS', description: 'time to finish chunks after SIGTERM, ms', fallback: () => 20_000 },
  healthHost: {
    env: 'METAPLAST_HEALTH_HOST',
    description: 'address of /healthz and /readyz; default 127.0.0.1',
    fallback: () => '127.0.0.1',
  },
  healthPort: { env: 'METAPLAST_HEALTH_PORT', description: 'port of /healthz and /readyz; default none; 0 is any free one' },
  logLevel: { env: 'METAPLAST_LOG_LEVEL', description: 'debug (a line a chunk), info, warn, error or silent', fallback: () => 'info' },
};

/** Throws ValidationError, which names the environment variable of each setting that is wrong. */
export function workerConfig(flags: Partial<WorkerConfig>, env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  return readSettings('worker configuration', WorkerConfig, WORKER_SETTINGS, flags, env);
}
