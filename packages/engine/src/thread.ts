// What a thread of the pool runs. Loaded by piscina, with the engine's name as its data; never imported by the main thread.

import { threadId } from 'node:worker_threads';
import { initialTheta } from '@metaplast/plasticity';
import { type Chunk, type ChunkResult, resolveSpec } from '@metaplast/protocol';
import { Piscina } from 'piscina';
import { chooseEngine, type EngineChoice } from './choose.js';
import type { Engine } from './engine.js';
import { type Parcel, unpack } from './parcel.js';

const kernel = chooseEngine(Piscina.workerData as EngineChoice).create();
let tfjs: Promise<Engine> | undefined;
const worker = `thread-${threadId}`;
/** How long warmUp() trains: V8 took about 50 ms to replace the quickly compiled code by the optimised one. */
const WARM_UP_MS = 100;

/** The engine that a work's spec names. TensorFlow.js is loaded when it is first needed: it takes a second and some memory. */
function engineOf({ spec }: Chunk['work']): Engine | Promise<Engine> {
  if (spec.engine === 'wasm') return kernel;
  tfjs ??= import('./tfjs/tfjs-engine.js').then(({ TfjsEngine }) => TfjsEngine.start());
  return tfjs;
}

/** Ends when the answer to the last chunk has been sent. */
let answered: Promise<void> = Promise.resolve();
const sent = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Evaluates a chunk and measures the time it takes. One after the other: piscina starts all that a thread has been given, and would
 * send no answer before the last of them is computed.
 */
export default function evaluate(parcel: Parcel): Promise<ChunkResult> {
  const result = answered.then(() => compute(unpack(parcel)));
  answered = result.then(sent, sent);
  return result;
}

async function compute(chunk: Chunk): Promise<ChunkResult> {
  const engine = await engineOf(chunk.work);
  const start = performance.now();
  const values = engine.evaluate(chunk);
  return { values, busyMs: performance.now() - start, worker, engine: engine.name };
}

/** Has the slow first trainings done before anybody measures or waits; of native code one shows that it works. */
export function warmUp(): void {
  const spec = resolveSpec({});
  const work = { kind: 'generation', spec, generation: 0, sigma: 0.03, theta: initialTheta(spec) } as const;
  const end = performance.now() + (kernel.name === 'wasm' ? WARM_UP_MS : 0);
  do kernel.evaluate({ work, first: 0, count: 4 });
  while (performance.now() < end);
}
