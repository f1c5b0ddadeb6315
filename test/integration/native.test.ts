// A run computed by native and WebAssembly threads at once ends with the bytes of a run computed by either alone.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool, type EnginePoolOptions } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { loadNative } from '@metaplast/native';
import { resolveSpec } from '@metaplast/protocol';
import { RunStore, runTraining } from '@metaplast/training';
import { afterAll, describe, expect, it } from 'vitest';

const native = loadNative();
const available = 'create' in native;
if (!available) console.warn(`The native kernel is not tested here: ${native.reason}`);

const folder = mkdtempSync(join(tmpdir(), 'metaplast-native-'));
afterAll(() => rmSync(folder, { recursive: true }));

const spec = resolveSpec({
  seed: 31,
  inner: { steps: 10, test: 32 },
  outer: { generations: 12, pairs: 16 },
  evaluation: { every: 4, trials: 12 },
});

async function finalTheta(name: string, options: EnginePoolOptions): Promise<{ sha256: string; workers: Set<string> }> {
  const pool = await EnginePool.start({ threads: 2, ...options });
  const workers = new Set<string>();
  const run = pool.run.bind(pool);
  pool.run = async (chunk) => {
    const result = await run(chunk);
    workers.add(result.worker.split('-')[0]!);
    return result;
  };
  const dispatcher = new InProcessDispatcher(pool, { chunkSize: 2 });
  const store = RunStore.open(join(folder, `${name}.db`));
  try {
    store.createRun({ id: 'run', name, spec, kernel: kernelIdentity() });
    await runTraining({ store, runId: 'run', dispatcher });
    return { sha256: store.checkpoint('run')!.thetaSha256, workers };
  } finally {
    store.close();
    await dispatcher.close();
  }
}

describe.runIf(available)('native and WebAssembly threads on one run', () => {
  it('give θ of the same sha256 as either alone', async () => {
    const mixed = await finalTheta('mixed', { thread: new URL('./mixed-thread.mjs', import.meta.url) });
    expect([...mixed.workers].sort()).toEqual(['native', 'wasm']);
    const wasm = await finalTheta('wasm', { engine: 'wasm' });
    expect(mixed.sha256).toBe(wasm.sha256);
    expect((await finalTheta('native', { engine: 'native' })).sha256).toBe(wasm.sha256);
  });
});

describe.runIf(!available)('where there is no native kernel', () => {
  it('a pool computes on WebAssembly, and says why', async () => {
    const pool = await EnginePool.start({ threads: 1 });
    expect(pool.engine).toMatchObject({ name: 'wasm', why: expect.stringContaining('the native kernel is out') });
    await pool.close();
    await expect(EnginePool.start({ threads: 1, engine: 'native' })).rejects.toThrow('the native kernel cannot be used: ');
  });
});
