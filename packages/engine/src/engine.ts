// What an engine is: something that computes chunks of work. Everything that is random comes from the chunk's address.

import type { Chunk } from '@metaplast/protocol';

/** Computes inner trainings. One instance belongs to one thread. */
export interface Engine {
  /** native, wasm, or tfjs/ and a backend. */
  readonly name: string;
  /** The chunk's values in item order: see ChunkResult in @metaplast/protocol. */
  evaluate(chunk: Chunk): Float32Array;
}
