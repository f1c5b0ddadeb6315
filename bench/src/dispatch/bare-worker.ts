// The least that could be called a worker, to compare with: takes a job of BullMQ, computes nothing, says so on a stream.
// usage: node bare-worker.js PORT QUEUE STREAM

import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [port = '', queue = '', stream = ''] = process.argv.slice(2);
const redis = new Redis(Number(port), { maxRetriesPerRequest: null });
const deliver = async ({ data }: { data: { chunk: number } }): Promise<void> => {
  await redis.xadd(stream, '*', 'chunk', data.chunk, 'result', Buffer.alloc(80));
};
await new Worker(queue, deliver, { connection: redis, concurrency: 2, removeOnComplete: { count: 0 } }).waitUntilReady();
console.log('ready');
