// A soak: runs over Redis while coordinator, workers and Redis are killed, frozen and cut off at random, for some minutes. Each run
// must end with the θ and the losses of the undisturbed run in one process. Prints a table; exits 1 when anything differs.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll, metaplastProcess, RedisServer, sleep, startWorker, TcpProxy } from '@metaplast/rig';
import { RunStore } from '@metaplast/training';
import { Command, InvalidArgumentError } from 'commander';

function positive(text) {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be a number above 0.');
}
function whole(text) {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
const [minutes, seed] = new Command('npm run soak --')
  .description('Runs over Redis under random kills, freezes and cuts: each must end with the θ of the undisturbed run, to the last bit')
  .argument('[minutes]', 'how long', positive, 10)
  .argument('[seed]', 'of what happens when', whole, 1)
  .parse().processedArgs;

const GENERATIONS = 150;
const WORKERS = 3;
/** Between two disturbances, ms. */
const PAUSE = [1000, 6000];
const folder = mkdtempSync(join(tmpdir(), 'metaplast-soak-'));
const sizes = [`outer.generations=${GENERATIONS}`, 'outer.pairs=48', 'inner.steps=50', 'network.hidden=[32]', 'evaluation.every=25'];

// What is disturbed and when is drawn from the seed; what it hits depends on the machine.
let state = seed >>> 0 || 1;
const random = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
};
const between = (low, high) => low + (high - low) * random();

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); // and its processes with it
const redis = await RedisServer.start();
const proxy = await TcpProxy.start(redis.port);
const counts = {};
const say = (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

function train(out, run, flags) {
  const set = [...sizes, `seed=${run}`].flatMap((size) => ['--set', size]);
  return metaplastProcess(['train', '--preset', 'smoke', ...set, '--out', join(folder, out), ...flags]);
}

/** Everything that a finished run says of itself, as one hash; throws unless each generation is there once. */
function fingerprint(out) {
  const store = RunStore.open(join(folder, out, 'run.sqlite'));
  const [{ id }] = store.catalogue.list({ limit: 1 });
  const generations = store.series.metrics(id).map(({ generation }) => generation);
  if (generations.join() !== Array.from({ length: GENERATIONS }, (_, i) => i).join()) throw new Error(`generations are ${generations}`);
  const hash = createHash('sha256').update(JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8')).thetaSha256);
  for (const generation of generations) hash.update(new Uint8Array(store.series.losses(id, generation).buffer));
  store.close();
  return hash.digest('hex');
}

/** One run with all that can happen to it. Resolves with the number of coordinators that it took. */
async function disturbed(run, endAt) {
  const prefix = `soak-${run}`;
  let next = 0;
  // Every third worker is far away.
  const start = () =>
    startWorker({ url: next % 3 === 2 ? proxy.url : redis.url, prefix }, `w${next++}`, ['--log-level', 'warn', '--grace-ms', '1000']);
  const workers = Array.from({ length: WORKERS }, start);
  const replace = (signal) => {
    const [worker] = workers.splice(Math.floor(random() * workers.length), 1);
    worker.signal(signal);
    workers.push(start());
  };
  const go = () => train(`run-${run}`, run, ['--redis', redis.url, '--prefix', prefix]);
  let coordinator = go();
  let coordinators = 1;
  const disturbances = {
    'worker killed (SIGKILL)': () => replace('SIGKILL'),
    'worker told to stop (SIGTERM)': () => replace('SIGTERM'),
    'worker frozen for up to twice the lock time': async () => {
      const worker = workers[Math.floor(random() * workers.length)];
      worker.signal('SIGSTOP');
      await sleep(between(200, 4000));
      worker.signal('SIGCONT');
    },
    'coordinator killed (SIGKILL)': async () => {
      await coordinator.kill();
      coordinator = go();
      coordinators++;
    },
    'Redis killed, back after up to 3 s': async () => {
      await redis.kill();
      await sleep(between(0, 3000));
      redis.begin();
    },
    FLUSHALL: () => redis.client.flushall(),
    'connection cut': () => proxy.cut(),
    'connection half closed': () => proxy.halfClose(),
  };
  while (!coordinator.over) {
    await Promise.race([sleep(between(...PAUSE)), coordinator.ended]);
    // A coordinator is given the time to start, and the last run the time to end.
    if (coordinator.over || !coordinator.output.includes('Meta-training') || performance.now() > endAt) continue;
    const names = Object.keys(disturbances);
    const name = names[Math.floor(random() * names.length)];
    counts[name] = (counts[name] ?? 0) + 1;
    await disturbances[name]();
  }
  if ((await coordinator.ended) !== 0) throw new Error(`run ${run} failed:\n${coordinator.output.slice(-3000)}`);
  await Promise.all(workers.map((worker) => worker.kill()));
  return coordinators;
}

const begun = performance.now();
const endAt = begun + minutes * 60_000;
let [runs, coordinators, different] = [0, 0, 0];
try {
  for (; performance.now() < endAt; runs++) {
    const run = seed * 1000 + runs;
    coordinators += await disturbed(run, endAt);
    const undisturbed = train(`undisturbed-${run}`, run, ['--threads', '1']);
    if ((await undisturbed.ended) !== 0) throw new Error(`the undisturbed run failed:\n${undisturbed.output}`);
    const same = fingerprint(`run-${run}`) === fingerprint(`undisturbed-${run}`);
    if (!same) different++;
    say(`run ${run}: ${same ? 'the same to the last bit' : 'DIFFERENT'}`);
  }
} finally {
  await killAll();
  await redis.end();
  proxy.end();
  rmSync(folder, { recursive: true, force: true });
}
const rows = [
  ['minutes', ((performance.now() - begun) / 60_000).toFixed(1)],
  ['runs, generations', `${runs}, ${runs * GENERATIONS}`],
  ['coordinators started', coordinators],
  ...Object.entries(counts).sort(),
  ['runs that differ from the undisturbed one in a bit', different],
];
console.log(`\n| | |\n|---|---|\n${rows.map(([what, count]) => `| ${what} | ${count} |`).join('\n')}`);
process.exit(different === 0 ? 0 : 1);
