// What a thread of the pool runs in place of the kernel: nothing.

import { valuesPerItem } from '@metaplast/dispatch';
import { type Parcel, unpack } from '@metaplast/engine';
import type { ChunkResult } from '@metaplast/protocol';

export const warmUp = (): void => {};

export default (parcel: Parcel): ChunkResult => {
  const { work, count } = unpack(parcel);
  return { values: new Float32Array(count * valuesPerItem(work)), busyMs: 0, worker: '' };
};
