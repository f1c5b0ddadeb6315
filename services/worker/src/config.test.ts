import { availableParallelism, hostname } from 'node:os';
import type { ValidationError } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { workerConfig } from './config.js';

const redis = 'redis://localhost';

describe('workerConfig', () => {
  it('takes flags before environment before defaults', () => {
    const env = { METAPLAST_REDIS_URL: redis, METAPLAST_THREADS: '3', METAPLAST_PREFIX: 'env', METAPLAST_WORKER_NAME: '' };
    expect(workerConfig({ prefix: 'flag' }, env)).toEqual({
      redis,
      prefix: 'flag',
      name: hostname(),
      threads: 3,
      engine: 'auto',
      lockMs: 10_000,
      graceMs: 20_000,
      healthHost: '127.0.0.1',
      logLevel: 'info',
    });
    expect(workerConfig({ redis }, {}).threads).toBe(availableParallelism());
  });

  it('names the variables that are wrong, and shows no password', () => {
    const env = {
      METAPLAST_THREADS: 'many',
      METAPLAST_PREFIX: 'a:b',
      METAPLAST_LOG_LEVEL: 'loud',
      METAPLAST_LOCK_MS: '1',
      METAPLAST_HEALTH_PORT: '70000',
      METAPLAST_ENGINE: 'gpu',
    };
    try {
      workerConfig({}, env);
      expect.unreachable();
    } catch (error) {
      const { errors } = error as ValidationError;
      expect(errors.map((e) => e.pointer).sort()).toEqual([
        'engine (METAPLAST_ENGINE)',
        'healthPort (METAPLAST_HEALTH_PORT)',
        'lockMs (METAPLAST_LOCK_MS)',
        'logLevel (METAPLAST_LOG_LEVEL)',
        'prefix (METAPLAST_PREFIX)',
        'redis (METAPLAST_REDIS_URL)',
        'threads (METAPLAST_THREADS)',
      ]);
      expect(errors.find((e) => e.pointer.startsWith('threads'))!.detail).toBe('must be an integer in [1, 1024], was "many"');
    }
  });
});
