// A dispatcher that remembers: trials are pure, so a study that was interrupted, or is made again with more seeds, computes only
// what is new. A file a work, named by the hash of all that the result depends on.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dispatcher, itemCount, valuesPerItem } from '@metaplast/dispatch';
import { kernelIdentity } from '@metaplast/kernel';
import { bytesOf, floatsOf, isBitIdentical, type Work } from '@metaplast/protocol';
import { thetaSha256 } from '../theta.js';

/** Keeps the values of trials in `folder`; generations go through. */
export function remembering(dispatcher: Dispatcher, folder: string): Dispatcher {
  mkdirSync(folder, { recursive: true });
  return {
    get slots() {
      return dispatcher.slots;
    },
    get busyMs() {
      return dispatcher.busyMs;
    },
    async evaluate(work, signal) {
      if (work.kind === 'generation') return await dispatcher.evaluate(work, signal);
      const path = join(folder, `${hashOf(work)}.f32`);
      const known = existsSync(path) ? readFileSync(path) : undefined;
      if (known?.byteLength === 4 * itemCount(work) * valuesPerItem(work)) {
        return { values: floatsOf(known), busyMs: 0, engines: [] };
      }
      const result = await dispatcher.evaluate(work, signal);
      writeFileSync(`${path}.${process.pid}`, bytesOf(result.values));
      renameSync(`${path}.${process.pid}`, path);
      return result;
    },
    close: () => dispatcher.close(),
  };
}

/** Of the work and the kernel; evaluation sizes and the outer loop are no part of what a trial depends on. */
function hashOf(work: Work & { kind: 'trials' }): string {
  const { engine, seed, network, rule, inner, objective, tasks } = work.spec;
  const learner = work.learner.kind === 'rule' ? { ...work.learner, theta: thetaSha256(work.learner.theta) } : work.learner;
  const all = {
    ...work,
    spec: { seed, network, rule, inner, objective, tasks },
    ...(isBitIdentical(work.spec) ? {} : { engine }),
    learner,
    kernel: kernelIdentity(),
  };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}
