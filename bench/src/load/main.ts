// `npm run bench -- load [--seconds N] [--threads N] [--rounds N]`: the HTTP API under load, while two runs train at full speed, with
// 10,000 runs in the store, one of them of 100,000 generations. Writes bench/results/load.json.
//
//   reads        latency of a request at a time, and requests a second and their p99 from 8 connections, a resource at a time
//   subscribers  300 event streams at once: what the server keeps in memory, and whether each of them got everything
//   throughput   inner trainings a second with those 300 and 50 reads a second, against without: windows off, on, on, off; and the
//                share of the time that the engine's threads compute, which does not depend on how fast the processor is meanwhile
//
// The load is made in this process, and shares the processor with the server: by default one core is left to the two of them.

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTrainings } from '@metaplast/protocol';
import { sleep, until } from '@metaplast/rig';
import autocannon from 'autocannon';
import { COLLECTING } from '../collecting.js';
import { benchCommand, wholeNumber } from '../command.js';
import { type Server, startServer, storeOf } from './server.js';
import { fillStore, GENERATIONS, LONG_RUN, RUNS } from './store.js';
import { type Subscription, subscribe } from './subscribers.js';

const SUBSCRIBERS = 300;
const READS_A_SECOND = 50;
const CONNECTIONS = 8;

const {
  seconds,
  rounds,
  threads = Math.max(1, availableParallelism() - 1),
} = benchCommand('load', 'The HTTP API under load, while two runs train at full speed; writes bench/results/load.json')
  .option('--seconds <n>', 'a window', wholeNumber(1, 3600), 20)
  .option('--rounds <n>', 'comparisons of the throughput with load and without', wholeNumber(1, 3600), 5)
  .option('--threads <n>', 'of the server (default: one is left to the bench)', wholeNumber(1, 512))
  .parse(process.argv.slice(3), { from: 'user' })
  .opts<{ seconds: number; rounds: number; threads?: number }>();

const log = (line: string): void => console.log(line);
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Two runs of the default spec that never end, both under way. */
async function startRuns({ client }: Server): Promise<string[]> {
  const spec = { outer: { generations: 100_000, pairs: 128 }, evaluation: { every: 1000 } };
  const runs = await Promise.all([1, 2].map((seed) => client.submit({ name: `busy ${seed}`, spec: { ...spec, seed } })));
  for (const { id } of runs) await until(async () => (await client.run(id)).generation > 3, 'both runs to train', 300_000);
  return runs.map(({ id }) => id);
}

async function benchReads(server: Server, busy: string, template: string): Promise<object[]> {
  const middle = (await server.client.list({ limit: 200 })).nextCursor!;
  const resources: readonly [name: string, path: string][] = [
    [`list, first 50 of ${RUNS} runs`, '/v1/runs'],
    ['list, 200 runs further down', `/v1/runs?limit=200&cursor=${middle}`],
    ['list by part of the name', '/v1/runs?name=run%2099'],
    ['a run that trains', `/v1/runs/${busy}`],
    [`a run of ${GENERATIONS} generations`, `/v1/runs/${LONG_RUN}`],
    ['its curves, 1000 points', `/v1/runs/${LONG_RUN}/metrics?points=1000`],
    ['its last 100 generations', `/v1/runs/${LONG_RUN}/metrics?since=${GENERATIONS - 100}&points=1000`],
    ['θ as npz', `/v1/runs/${template}/checkpoints/latest?format=npz`],
  ];
  const results: object[] = [];
  for (const [resource, path] of resources) {
    const url = `${server.url}${path}`;
    const alone = await autocannon({ url, connections: 1, duration: Math.ceil(seconds / 4) });
    const crowd = await autocannon({ url, connections: CONNECTIONS, duration: Math.ceil(seconds / 2) });
    if (alone.non2xx + crowd.non2xx + alone.errors + crowd.errors > 0) throw new Error(`${path} was refused`);
    const result = {
      resource,
      oneAtATime: { medianMs: alone.latency.p50, p99Ms: alone.latency.p99 },
      crowd: {
        connections: CONNECTIONS,
        requestsPerSecond: round(crowd.requests.average),
        medianMs: crowd.latency.p50,
        p99Ms: crowd.latency.p99,
      },
    };
    log(
      `  ${resource.padEnd(38)} ${String(alone.latency.p50).padStart(4)} ms (p99 ${alone.latency.p99})   ` +
        `${result.crowd.requestsPerSecond.toFixed(0).padStart(5)} reads/s, p99 ${crowd.latency.p99} ms`,
    );
    results.push(result);
  }
  return results;
}

/** Half of them on each run. */
const everybody = ({ url }: Server, runs: readonly string[]): Promise<Subscription[]> =>
  Promise.all(runs.map((run) => subscribe(url, run, SUBSCRIBERS / runs.length)));

async function benchSubscribers(server: Server, runs: readonly string[]): Promise<object> {
  const before = server.residentMb();
  const subscriptions = await everybody(server, runs);
  const samples: number[] = [];
  const warmUp = Math.ceil(seconds / 2);
  await sleep(1000 * warmUp);
  const count = (): number => subscriptions.reduce((sum, { events }) => sum + events(), 0);
  const first = count();
  const duration = 9 * seconds;
  for (let second = 0; second < duration; second++) {
    samples.push(server.residentMb());
    await sleep(1000);
  }
  const result = {
    subscribers: SUBSCRIBERS,
    seconds: duration,
    eventsPerSecond: round((count() - first) / duration),
    broken: subscriptions.reduce((sum, { broken }) => sum + broken(), 0),
    residentMb: {
      without: round(before),
      first: round(samples[0]!),
      last: round(samples.at(-1)!),
      least: round(Math.min(...samples)),
      most: round(Math.max(...samples)),
    },
    growthMbPerMinute: round(60 * slope(samples), 2),
  };
  for (const { stop } of subscriptions) stop();
  const { residentMb } = result;
  log(
    `  ${SUBSCRIBERS} subscribers, ${duration} s: ${result.eventsPerSecond} events/s, ${result.broken} broken; memory ${residentMb.least} to ` +
      `${residentMb.most} MB (${residentMb.without} without them), growing by ${result.growthMbPerMinute} MB a minute`,
  );
  return result;
}

/** Of the least-squares line, a sample. */
function slope(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
  const [above, below] = samples.reduce(([a, b], x, i) => [a + (i - middle) * (x - mean), b + (i - middle) ** 2], [0, 0]);
  return above / below;
}

async function benchThroughput(server: Server, runs: readonly string[]): Promise<object> {
  // One watcher a run says exactly when generations are committed, in both kinds of window.
  const watchers = await Promise.all(runs.map((run) => subscribe(server.url, run, 1)));
  const trainings = await Promise.all(
    runs.map(async (id) => {
      const { spec, generations } = await server.client.run(id);
      return runTrainings(spec) / generations;
    }),
  );
  const window = async (): Promise<Window> => {
    const from = watchers.map(({ seen }) => seen());
    const before = server.processorMs();
    const start = performance.now();
    await sleep(1000 * seconds);
    const computing = engineMs(before, server.processorMs()) / (threads * (performance.now() - start));
    const to = watchers.map(({ seen }) => seen());
    if (to.some(({ generation }, i) => generation === from[i]!.generation))
      throw new Error('a window without a generation: give more --seconds');
    const rate = to.reduce(
      (sum, { generation, at }, i) => sum + (1000 * (generation - from[i]!.generation) * trainings[i]!) / (at - from[i]!.at),
      0,
    );
    return { rate, computing };
  };
  const under = async (): Promise<Window> => {
    const subscriptions = await everybody(server, runs);
    const paths = ['/v1/runs', `/v1/runs/${runs[0]}`, `/v1/runs/${runs[1]}/metrics?points=300`, '/v1/workers', `/v1/runs/${LONG_RUN}`];
    const reads = autocannon(
      {
        url: server.url,
        connections: CONNECTIONS,
        overallRate: READS_A_SECOND,
        duration: 3600,
        requests: paths.map((path) => ({ path })),
      },
      () => {},
    );
    await sleep(2000);
    const measured = await window();
    const stopped = once(reads, 'done');
    reads.stop();
    await stopped;
    for (const { stop } of subscriptions) stop();
    return measured;
  };
  const pairs: { off: Window; on: Window }[] = [];
  for (let i = 0; i < rounds; i++) {
    await sleep(2000);
    const off = await window();
    const on = await under();
    const onAgain = await under();
    await sleep(2000);
    const offAgain = await window();
    pairs.push({ off: mean(off, offAgain), on: mean(on, onAgain) });
    const rates = [off, on, onAgain, offAgain].map(({ rate }) => rate.toFixed(0));
    log(`  round ${i + 1}: ${rates[0]} trainings/s, under load ${rates[1]}, ${rates[2]}, without ${rates[3]}`);
  }
  for (const { stop } of watchers) stop();
  const throughput = quartiles(pairs.map(({ off, on }) => on.rate / off.rate));
  const computing = quartiles(pairs.map(({ off, on }) => on.computing / off.computing));
  log(`  throughput under load: ${percent(throughput)}; time that the engine’s threads compute: ${percent(computing)}`);
  return { subscribers: SUBSCRIBERS, readsPerSecond: READS_A_SECOND, windowSeconds: seconds, rounds: pairs, throughput, computing };
}

interface Window {
  /** Inner trainings a second, and the share of their time that the engine's threads had a core. */
  rate: number;
  computing: number;
}

const mean = (a: Window, b: Window): Window => ({ rate: (a.rate + b.rate) / 2, computing: (a.computing + b.computing) / 2 });

/** Of the threads that had most, as many as the engine has. */
function engineMs(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  const times = [...after].map(([thread, ms]) => ms - (before.get(thread) ?? 0)).sort((a, b) => b - a);
  return times.slice(0, threads).reduce((sum, ms) => sum + ms, 0);
}

interface Quartiles {
  low: number;
  median: number;
  high: number;
}

function quartiles(ratios: readonly number[]): Quartiles {
  const sorted = [...ratios].sort((a, b) => a - b);
  const quantile = (q: number): number => round(sorted[Math.round((sorted.length - 1) * q)]!, 4);
  return { low: quantile(0.25), median: quantile(0.5), high: quantile(0.75) };
}

const percent = ({ low, median, high }: Quartiles): string =>
  Number.isNaN(median)
    ? 'not known here'
    : `${(100 * median).toFixed(1)} % (quartiles ${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

const folder = mkdtempSync(join(tmpdir(), 'metaplast-load-'));
let server = await startServer(folder, threads);
try {
  const template = await server.client.submit({
    name: 'template',
    spec: { outer: { generations: 4, pairs: 32 }, evaluation: { every: 2, trials: 50, validationTrials: 20 } },
  });
  await until(async () => (await server.client.run(template.id)).state === 'succeeded', 'the template run', 300_000);
  await server.stop();
  fillStore(storeOf(folder), template.id);
  server = await startServer(folder, threads);
  const runs = await startRuns(server);
  const load = round(loadavg()[0]!, 2);
  log(`reads, while two runs train on ${threads} threads`);
  const reads = await benchReads(server, runs[0]!, template.id);
  log('subscribers');
  await server.stop();
  server = await startServer(folder, threads, COLLECTING); // goes on with the runs
  const subscribers = await benchSubscribers(server, runs);
  await server.stop();
  server = await startServer(folder, threads);
  log('throughput');
  const throughput = await benchThroughput(server, runs);
  const results = new URL('../../results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  // The load at the start: other programs make everything slower than it is.
  const document = { machine, load, threads, runs: RUNS, generations: GENERATIONS, reads, subscribers, throughput };
  writeFileSync(new URL('load.json', results), `${JSON.stringify(document, null, 2)}\n`);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
