// Works go out: their keys, and their chunks as jobs of BullMQ. What cannot be sent because of an error is found missing by the sweep.

import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Dealt } from './deal.js';
import { SupersededError } from './errors.js';
import type { Keys } from './keys.js';
import type { Queues } from './queues.js';
import type { RemoteWork } from './remote-work.js';
import { Scripts } from './scripts.js';
import { WORK_TTL_SECONDS } from './timings.js';

export class Outbox {
  readonly #redis: Redis;
  readonly #queues: Queues;
  readonly #keys: Keys;
  readonly #scripts: Scripts;
  readonly #removals = new Set<Promise<unknown>>();

  constructor(redis: Redis, queues: Queues, keys: Keys) {
    this.#redis = redis;
    this.#queues = queues;
    this.#keys = keys;
    this.#scripts = new Scripts(redis);
  }

  /** Sends chunks, after the keys of works that are new. */
  async send(dealt: readonly Dealt[]): Promise<void> {
    const fresh = [...new Set(dealt.map(({ work }) => work))].filter(({ publishedAt }) => publishedAt === undefined);
    // One connection keeps the order.
    await Promise.all([...fresh.map((work) => this.publish(work)), this.add(dealt)]);
  }

  async add(dealt: readonly Dealt[]): Promise<void> {
    const jobs = new Map<Queue, Parameters<Queue['addBulk']>[0][number][]>();
    for (const { dispatcher, work, open } of dealt) {
      if (work.ended) continue;
      const { id, data } = work.job(open);
      const opts = dispatcher.priority > 0 ? { jobId: id, priority: dispatcher.priority } : { jobId: id };
      const queue = this.#queues.of(work);
      const list = jobs.get(queue) ?? [];
      list.push({ name: work.work.kind, data, opts });
      jobs.set(queue, list);
    }
    await Promise.all([...jobs].map(([queue, list]) => queue.addBulk(list)));
  }

  /** Puts a work into Redis or renews it. If another coordinator has the run, the work has failed afterwards. */
  async publish(work: RemoteWork): Promise<void> {
    if (work.ended) return;
    const keys = this.#keys;
    const { head, theta, spec, specSha256 } = work.encoded;
    const { run, epoch } = work.origin;
    const places = {
      fence: keys.fence(run),
      work: keys.work(work.id),
      spec: keys.spec(specSha256),
      results: keys.results(work.id),
      claims: keys.claims(work.id),
    };
    work.publishedAt = performance.now();
    const published = await this.#scripts.publish(places, epoch, WORK_TTL_SECONDS, { head, theta, spec });
    if (!published && !work.ended)
      work.fail(new SupersededError(`another coordinator has started run ${run}: this one stops working on it`));
  }

  /** Takes out a work that has ended. Without its keys it is dead: whatever workers still have of it goes nowhere. */
  remove(work: RemoteWork): void {
    if (work.publishedAt === undefined) return;
    const keys = this.#keys;
    const jobs = [...work.open.values()].flatMap((open) => work.jobIds(open));
    const unlinked = this.#redis.unlink(keys.work(work.id), keys.results(work.id), keys.claims(work.id));
    const removal = Promise.allSettled([unlinked, ...jobs.map((id) => this.#queues.of(work).remove(id))]);
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
  }

  /** Resolves when all that was removed is. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }
}
