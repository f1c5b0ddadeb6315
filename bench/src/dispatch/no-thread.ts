// What a thread of the pool runs in place of the kernel: nothing.

import { valuesPerItem } from '@metaplast/dispatch';
import type { Chunk, ChunkResult } from '@metaplast/protocol';

export const warmUp = (): void => {};

export default ({ work, count }: Chunk): ChunkResult => ({ values: new Float32Array(count * valuesPerItem(work)), busyMs: 0, worker: '' });
