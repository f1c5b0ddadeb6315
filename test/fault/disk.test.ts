// A full disk under the store while workers compute: the coordinator ends with a clear reason, and goes on when there is room.

import { startWorker } from '@metaplast/rig';
import { expect, it } from 'vitest';
import { committed, fingerprint, fresh, GENERATIONS, oracle, SPEC } from './oracle.js';
import { startCoordinator } from './processes.js';
import { faultSuite } from './suite.js';

const suite = faultSuite();

it('a store that may not grow ends its coordinator with a reason, and no generation is lost', async () => {
  const { path, prefix } = fresh();
  const place = { url: suite.redis.url, prefix };
  startWorker(place, 'w0');
  startWorker(place, 'w1');
  // A limit on the size of files, in 512 bytes: like a full disk, for root and for everybody.
  const limited = startCoordinator(place, path, SPEC, { shell: 'ulimit -f 600;' });
  expect(await limited.ended, limited.output).toBe(1);
  expect(limited.output).toMatch(/^error StoreError run store .* cannot be (read or )?written: /m);
  const done = committed(path);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(GENERATIONS);
  expect(done).toBe(limited.output.match(/^committed \d+$/gm)?.length);
  const last = startCoordinator(place, path, SPEC);
  expect(await last.ended, last.output).toBe(0);
  expect(fingerprint(path)).toBe(await oracle());
});
