// A thread of an engine pool whose even threads compute on the native kernel and whose odd ones on WebAssembly.
import { threadId } from 'node:worker_threads';
import { chooseEngine, unpack } from '@metaplast/engine';

const engine = chooseEngine(threadId % 2 === 0 ? 'native' : 'wasm').create();

export function warmUp() {}

export default function evaluate(parcel) {
  return { values: engine.evaluate(unpack(parcel)), busyMs: 1, worker: `${engine.name}-${threadId}` };
}
