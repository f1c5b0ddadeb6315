// A fork: a run that starts from a checkpoint of another one, with a changed spec. Its spec, its kernel and its first checkpoint
// determine it completely. It has the kernel of whoever makes it: that is how to go on from a run of an older one.

import { type EsState, init, serialise } from '@metaplast/evolution';
import { thetaLength } from '@metaplast/kernel';
import { mergePatch, type RunSpec, resolveSpec, ValidationError } from '@metaplast/protocol';
import { loadState } from './resume.js';
import { StoreError } from './store/errors.js';
import type { Checkpoint, ForkedFrom } from './store/records.js';
import type { RunStore } from './store/store.js';
import { thetaSha256 } from './theta.js';

export interface ForkOptions {
  /** Of the checkpoint to start from; by default the newest. */
  generation?: number | undefined;
  /** Generations count from 0 again, with a new optimiser: only θ is taken over. */
  restart?: boolean | undefined;
  /** Changes of the spec, a JSON merge patch. */
  changes?: unknown;
}

export interface Fork {
  spec: RunSpec;
  start: Checkpoint;
  forkedFrom: ForkedFrom;
}

/** What a fork of the run is made from. Throws ValidationError for a spec that cannot go on from there, StoreError 'not-found'. */
export function forkOf(store: RunStore, run: string, { generation, restart = false, changes = {} }: ForkOptions): Fork {
  const parent = store.run(run);
  const state = loadState(store, run, parent.spec, generation);
  if (state === undefined) throw new StoreError('not-found', `run ${run} has no checkpoint ${generation ?? 'yet'} in ${store.path}`);
  const spec = resolveSpec(mergePatch(parent.spec, changes));
  const errors = [];
  if (thetaLength(spec.rule.hidden) !== state.theta.length) {
    errors.push({
      pointer: '/rule/hidden',
      detail: `must fit θ of ${state.theta.length} numbers, as ${JSON.stringify(parent.spec.rule.hidden)} does`,
    });
  }
  if (!restart && spec.outer.generations <= state.generation) {
    const detail = `must be more than ${state.generation}, the generations that lie behind the checkpoint, was ${spec.outer.generations}`;
    errors.push({ pointer: '/outer/generations', detail });
  }
  if (errors.length > 0) throw new ValidationError('fork', errors);
  const begin = startOf(spec, parent.spec, state, restart);
  return {
    spec,
    start: { generation: begin.generation, thetaSha256: thetaSha256(begin.theta), state: serialise(begin) },
    forkedFrom: { run, generation: state.generation, thetaSha256: thetaSha256(state.theta) },
  };
}

/** The optimiser goes on if what it remembers means the same to the new one. */
function startOf(spec: RunSpec, parent: RunSpec, state: EsState, restart: boolean): EsState {
  const fresh = init(spec, state.theta);
  if (restart) return fresh;
  return sameMoments(spec, parent) ? state : { ...fresh, generation: state.generation };
}

function sameMoments(a: RunSpec, b: RunSpec): boolean {
  const [one, other] = [a.outer.optimiser, b.outer.optimiser];
  if (one.kind !== other.kind) return false;
  return one.kind === 'adam' ? one.beta1 === other.beta1 && one.beta2 === other.beta2 : one.momentum === other.momentum;
}
