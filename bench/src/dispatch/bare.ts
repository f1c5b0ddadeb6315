// BullMQ and nothing else, the peer of `overhead`: jobs added in one go, results on a stream. No claim, no fence, no window, no
// straggler, no sweep, no threads: a lost message would stop it for ever.

import { fileURLToPath } from 'node:url';
import { Process, type RedisServer } from '@metaplast/rig';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const BARE_WORKER = fileURLToPath(new URL('./bare-worker.js', import.meta.url));
const QUEUE = 'bare';
const STREAM = 'bare-results';

export interface Bare {
  pids: number[];
  /** Resolves when so many chunks have been out and are in. */
  generation(chunks: number, number: number): Promise<void>;
  end(): Promise<void>;
}

/** Starts it with two workers. */
export async function startBare({ port }: RedisServer): Promise<Bare> {
  const [redis, listener] = [new Redis(port), new Redis(port)];
  const queue = new Queue(QUEUE, { connection: redis });
  const workers = [1, 2].map(() => new Process([BARE_WORKER, String(port), QUEUE, STREAM]));
  await Promise.all(workers.map((worker) => worker.said('ready')));
  let last = '0';
  return {
    pids: workers.map(({ pid }) => pid),
    async generation(chunks, number) {
      await queue.addBulk(
        Array.from({ length: chunks }, (_, chunk) => ({ name: 'chunk', data: { chunk }, opts: { jobId: `${number}_${chunk}` } })),
      );
      for (let done = 0; done < chunks; ) {
        const reply = await listener.xread('COUNT', 1000, 'BLOCK', 1000, 'STREAMS', STREAM, last);
        const entries = reply?.[0]?.[1] ?? [];
        last = entries.at(-1)?.[0] ?? last;
        done += entries.length;
      }
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.kill()));
      await queue.close();
      for (const connection of [redis, listener]) connection.disconnect();
    },
  };
}
