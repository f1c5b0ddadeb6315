// What all files of fault tests have in common: a Redis, the undisturbed run to be held against, and no process left behind.

import { killAll, RedisServer } from '@metaplast/rig';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { oracle, removeFolder } from './oracle.js';

/** Sets a file of tests up. `own`: its tests kill Redis or change how it is set up, so that the one of REDIS_URL is not for them. */
export function faultSuite(use: 'any' | 'own' = 'any'): { readonly redis: RedisServer } {
  const suite = {} as { redis: RedisServer };
  beforeAll(async () => {
    suite.redis = await (use === 'own' ? RedisServer.start() : RedisServer.any());
    await oracle();
  });
  afterEach(killAll);
  afterAll(async () => {
    await suite.redis?.end();
    removeFolder();
  });
  return suite;
}
