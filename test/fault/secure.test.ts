// Redis behind TLS, a user with few rights, a database and a prefix: the run is the same, and nothing is seen of it elsewhere.

import { fileURLToPath } from 'node:url';
import { RedisFleet } from '@metaplast/dispatch';
import { LOCK_MS, RedisServer, startWorker, until } from '@metaplast/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint, fresh, oracle, RedisRun, SPEC } from './oracle.js';
import { startCoordinator } from './processes.js';
import { faultSuite } from './suite.js';

const suite = faultSuite('own');
const file = (name: string): string => fileURLToPath(new URL(`./fixtures/tls/${name}`, import.meta.url));
const trust = { NODE_EXTRA_CA_CERTS: file('ca.pem') };

describe('rediss://', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start({
      settings: { requirepass: 'open-sesame' },
      tls: { cert: file('server.pem'), key: file('server.key'), ca: file('ca.pem') },
      password: 'open-sesame',
    });
  });
  afterAll(() => redis.end());

  it('carries a run', async () => {
    const { path, prefix } = fresh();
    const place = { url: redis.url.replace('//', '//:open-sesame@'), prefix };
    const worker = startWorker(place, 'w0', [], trust);
    await worker.said('ready for chunks');
    const coordinator = startCoordinator(place, path, SPEC, { env: trust });
    expect(await coordinator.ended, coordinator.output).toBe(0);
    expect(fingerprint(path)).toBe(await oracle());
    expect(worker.output + coordinator.output).not.toContain('sesame');
  });

  it('says how to trust a certificate of one’s own', async () => {
    const worker = startWorker({ url: redis.url, prefix: fresh().prefix }, 'wary');
    await worker.said('cannot be reached');
    expect(worker.output).toContain('name its authority’s file in NODE_EXTRA_CA_CERTS');
  });
});

describe('a user with few rights, a database and a prefix', () => {
  it('are enough for a run, and keep installations apart', async () => {
    const place = fresh();
    await suite.redis.client.call('ACL', 'SETUSER', 'few', 'on', '>p%40ss', `~${place.prefix}:*`, '&*', '+@all', '-@dangerous', '+info');
    const url = `${suite.redis.url.replace('//', `//few:${encodeURIComponent('p%40ss')}@`)}/3`;
    const run = await RedisRun.start(url, undefined, undefined, place);
    const worker = startWorker(run, 'w0');
    await until(() => run.generation >= 1, 'generation 1');
    const other = await RedisFleet.connect({ url: `${suite.redis.url}/3`, prefix: fresh().prefix, lockMs: LOCK_MS });
    expect((await run.fleet.workers()).map(({ name }) => name)).toEqual(['w0']);
    expect(await other.workers()).toEqual([]);
    expect(await other.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    await other.close();
    await run.endsAsUndisturbed();
    expect(worker.output).not.toContain('ss@');
    expect(await suite.redis.client.dbsize()).toBe(0); // database 0
  });
});
