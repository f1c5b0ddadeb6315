// What a thread of the pool runs. Loaded by piscina, with the engine's name as its data; never imported by the main thread.

import { threadId } from 'node:worker_threads';
import { initialTheta } from '@metaplast/plasticity';
import { type Chunk, type ChunkResult, resolveSpec } from '@metaplast/protocol';
import { Piscina } from 'piscina';
import { chooseEngine, type EngineChoice } from './choose.js';

const engine = chooseEngine(Piscina.workerData as EngineChoice).create();
const worker = `thread-${threadId}`;
/** How long warmUp() trains: V8 took about 50 ms to replace the quickly compiled code by the optimised one. */
const WARM_UP_MS = 100;

/** Evaluates a chunk and measures the time it takes. */
export default function evaluate(chunk: Chunk): ChunkResult {
  const start = performance.now();
  const values = engine.evaluate(chunk);
  return { values, busyMs: performance.now() - start, worker };
}

/** Has the slow first trainings done before anybody measures or waits. */
export function warmUp(): void {
  const spec = resolveSpec({});
  const work = { kind: 'generation', spec, generation: 0, sigma: 0.03, theta: initialTheta(spec) } as const;
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) engine.evaluate({ work, first: 0, count: 4 });
}
