// Where dispatchers of runs come from: threads of this process (local-fleet.ts), or workers over Redis (redis/fleet.ts).

import type { Dispatcher } from './dispatcher.js';

export interface Fleet {
  /** Chunks that can be computed at the same time. */
  readonly slots: number;
  /** A dispatcher for one run; closing it leaves the fleet to others. */
  dispatcher(options: RunOptions): Dispatcher;
  close(): Promise<void>;
}

export interface RunOptions {
  /** Id of the run: letters, digits, "_", "." and "-". The same run of another coordinator must have the same id. */
  run: string;
  /** Must never decrease between starts of a run; a higher one invalidates at once what is left of the earlier starts. */
  epoch: number;
  /** 0 is served first; runs of equal priority share the slots. */
  priority?: number;
  /** Items a chunk. By default chosen by the speed measured: see ChunkSizer. */
  chunkSize?: number;
}
