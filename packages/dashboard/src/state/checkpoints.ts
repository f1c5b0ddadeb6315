// The checkpoints of a run, asked for again when there is a new one.

import type { Checkpoints, Run } from '@metaplast/protocol';
import { type Live, useLive } from './live.js';

export const useCheckpoints = ({ id, thetaSha256 }: Run): Live<Checkpoints> =>
  useLive(`checkpoints ${id}`, (from) => from.checkpoints(id), undefined, thetaSha256);
