// BullMQ's queues, one an engine: a worker takes chunks only of engines that it has, and no chunk waits behind one it cannot compute.

import type { EngineName } from '@metaplast/protocol';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Identity } from './identity.js';
import { ENGINES, queueName } from './keys.js';
import type { RemoteWork } from './remote-work.js';

/** Jobs of all coordinators by state. `waiting` includes those with a priority. */
export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
}

const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: true,
  removeOnFail: { age: 3600, count: 1000 },
} as const;

export class Queues {
  readonly #queues: ReadonlyMap<EngineName, Queue>;

  constructor(redis: Redis, prefix: string, identity: Identity) {
    const make = (engine: EngineName): Queue => {
      const queue = new Queue(queueName(identity, engine), { connection: redis, prefix, defaultJobOptions: JOB_OPTIONS });
      queue.on('error', () => {}); // said by the connection
      return queue;
    };
    this.#queues = new Map(ENGINES.map((engine) => [engine, make(engine)]));
  }

  /** Where the chunks of a work go. */
  of({ work }: Pick<RemoteWork, 'work'>): Queue {
    return this.#queues.get(work.spec.engine)!;
  }

  async counts(): Promise<QueueCounts> {
    const all = await Promise.all(
      [...this.#queues.values()].map((queue) => queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed')),
    );
    const total = (...states: string[]): number =>
      all.reduce((sum, counts) => sum + states.reduce((s, state) => s + (counts[state] ?? 0), 0), 0);
    return { waiting: total('wait', 'prioritized'), active: total('active'), delayed: total('delayed'), failed: total('failed') };
  }

  /** BullMQ's own metrics, Prometheus text: each metric's lines together, as the format wants it, and its comments once. */
  async metrics(): Promise<string> {
    const texts = await Promise.all([...this.#queues.values()].map((queue) => queue.exportPrometheusMetrics()));
    const byMetric = new Map<string, Set<string>>();
    for (const line of texts.join('\n').split('\n')) {
      const [, name = ''] = /^(?:# \w+ )?(\w+)/.exec(line) ?? [];
      byMetric.set(name, (byMetric.get(name) ?? new Set()).add(line));
    }
    return [...byMetric.values()].flatMap((lines) => [...lines]).join('\n');
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
  }
}
