// A coordinator that is killed at any step of a generation, or that is not alone: the run ends as if nothing had happened.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, startWorker } from '@metaplast/rig';
import { describe, expect, it } from 'vitest';
import { committed, fingerprint, folder, fresh, GENERATIONS, oracle, RedisRun, SPEC } from './oracle.js';
import { startCoordinator, startTrain } from './processes.js';
import { faultSuite } from './suite.js';

const suite = faultSuite();

describe('a coordinator', () => {
  it('killed with -9 at each step of a generation', async () => {
    const { path, prefix } = fresh();
    const place = { url: suite.redis.url, prefix };
    startWorker(place, 'w0');
    startWorker(place, 'w1');
    // Generations that are committed then, beyond the killed one's number: each is given out before the last one is committed.
    const steps = {
      'before-publish': [-1],
      'after-enqueue': [-1, 0],
      partial: [-1, 0],
      'before-commit': [0],
      'after-commit': [1],
    };
    for (const [i, [step, beyond]] of Object.entries(steps).entries()) {
      const generation = 3 * (i + 1);
      const coordinator = startCoordinator(place, path, SPEC, { killAt: `${step}:${generation}` });
      expect(await coordinator.ended, coordinator.output).toBe('SIGKILL');
      expect(beyond).toContain(committed(path) - generation);
    }
    const last = startCoordinator(place, path, SPEC);
    expect(await last.ended, last.output).toBe(0);
    expect(fingerprint(path)).toBe(await oracle());
  });

  it('killed with -9 at random moments: metaplast train', async () => {
    const place = { url: suite.redis.url, prefix: fresh().prefix };
    const out = join(folder, `killed-${place.prefix}`);
    mkdirSync(out);
    startWorker(place, 'w0');
    startWorker(place, 'w1');
    for (let kill = 0; kill < 3; kill++) {
      const train = startTrain(['--redis', place.url, '--prefix', place.prefix, '--out', out]);
      await train.said('Meta-training');
      await sleep(100 + Math.random() * 500);
      await train.kill();
    }
    const last = startTrain(['--redis', place.url, '--prefix', place.prefix, '--out', out]);
    expect(await last.ended, last.output).toBe(0);
    const undisturbed = startTrain(['--threads', '1', '--out', join(folder, 'undisturbed')]);
    expect(await undisturbed.ended, undisturbed.output).toBe(0);
    // From the file: a run that a late kill found finished says no more than that.
    const sha = (run: string): string => JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')).thetaSha256;
    expect(sha(out)).toBe(sha(join(folder, 'undisturbed')));
    expect(existsSync(join(out, 'figure.svg'))).toBe(true);
  });

  it('that is not alone on its store: the first is told that it is out, the second ends the run', async () => {
    const { path, prefix } = fresh();
    const place = { url: suite.redis.url, prefix };
    const first = startCoordinator(place, path, SPEC);
    await first.said('waiting for a worker');
    const second = startCoordinator(place, path, SPEC);
    await second.said('waiting for a worker');
    startWorker(place, 'w0');
    expect(await first.ended, first.output).toBe(1);
    expect(first.output).toMatch(/error (SupersededError|StoreError) another (coordinator|process) has/);
    expect(await second.ended, second.output).toBe(0);
    expect(committed(path)).toBe(GENERATIONS);
    expect(fingerprint(path)).toBe(await oracle());
  });

  it('that shares Redis and workers with another one: both runs end as if they were alone', async () => {
    const at = fresh();
    const first = await RedisRun.start(suite.redis.url, SPEC, undefined, at);
    const second = await RedisRun.start(suite.redis.url, SPEC, undefined, { ...fresh(), prefix: at.prefix });
    startWorker(first, 'w0');
    startWorker(first, 'w1');
    await Promise.all([first.endsAsUndisturbed(), second.endsAsUndisturbed()]);
  });
});
