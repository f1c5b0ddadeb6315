// A process that trains the run of a store, making it if need be; for tests that kill it. Says what it has committed, a line each.
// usage: node train-driver.mjs STORE SPEC THREADS [CHUNK_SIZE]

import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { RunStore, runTraining } from '@metaplast/training';

const [path, spec, threads, chunkSize] = process.argv.slice(2);
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
let dispatcher;
try {
  const store = RunStore.open(path);
  if (!store.findRun('run')) store.createRun({ id: 'run', name: 'run', spec: resolveSpec(JSON.parse(spec)), kernel: kernelIdentity() });
  const pool = await EnginePool.start({ threads: Number(threads) });
  dispatcher = new InProcessDispatcher(pool, chunkSize ? { chunkSize: Number(chunkSize) } : {});
  const onProgress = ({ generation }) => say('committed', generation);
  const { thetaSha256 } = await runTraining({ store, runId: 'run', dispatcher, onProgress });
  say('done', thetaSha256);
  store.close();
} catch (error) {
  say('error', error.name, error.message);
  process.exitCode = 1;
}
await dispatcher?.close();
