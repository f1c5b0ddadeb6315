// What a run goes on from, and whether it may.

import { deserialise, type EsState } from '@metaplast/evolution';
import { kernelIdentity, thetaLength } from '@metaplast/kernel';
import type { RunSpec } from '@metaplast/protocol';
import { StoreError } from './store/errors.js';
import type { RunStore } from './store/store.js';
import { thetaSha256 } from './theta.js';

/** Throws StoreError 'kernel' unless the kernel here is the one that `what`, such as "run 12ab", was made with: others compute other bits. */
export function checkKernel(what: string, kernel: string): void {
  const here = kernelIdentity();
  if (kernel === here) return;
  const short = (identity: string): string => identity.slice(0, 12);
  throw new StoreError(
    'kernel',
    `${what} was made with kernel ${short(kernel)}, this program has ${short(here)}: results would not be the same`,
  );
}

/** The newest state, or that of a generation; undefined when there is none. Throws StoreError 'corrupt' if it is not what was stored. */
export function loadState(store: RunStore, runId: string, spec: RunSpec, generation?: number): EsState | undefined {
  const checkpoint = store.checkpoint(runId, generation);
  if (checkpoint === undefined) return undefined;
  const corrupt = (why: string, cause?: unknown): StoreError =>
    new StoreError('corrupt', `run store ${store.path} is corrupt: checkpoint ${checkpoint.generation} of run ${runId} ${why}`, { cause });
  let state: EsState;
  try {
    state = deserialise(checkpoint.state);
  } catch (cause) {
    throw corrupt('cannot be read', cause);
  }
  if (state.generation !== checkpoint.generation) throw corrupt(`is of generation ${state.generation}`);
  if (thetaSha256(state.theta) !== checkpoint.thetaSha256) throw corrupt('does not match its sha256');
  if (state.theta.length !== thetaLength(spec.rule.hidden))
    throw corrupt(`has ${state.theta.length} parameters, the spec's rule has others`);
  return state;
}
