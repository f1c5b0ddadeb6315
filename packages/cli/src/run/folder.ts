// A run's folder: its store, run.sqlite, which holds one run, and the files made from it when it is done.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kernelIdentity } from '@metaplast/kernel';
import { type RunSpec, resolveSpec, ValidationError } from '@metaplast/protocol';
import { type RunRecord, RunStore } from '@metaplast/training';
import { makeFolder } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { differences } from '../spec/difference.js';

/** Id of the one run of a folder's store. */
export const RUN_ID = 'run';
const STORE = 'run.sqlite';

export const REPORT_FILES = ['report.json', 'theta.safetensors', 'theta.npz'] as const;
export const FIGURE_FILES = ['figure.svg', 'figure.png'] as const;
export const ARTIFACTS = [...REPORT_FILES, ...FIGURE_FILES] as const;

export const missing = <T extends string>(folder: string, files: readonly T[]): T[] =>
  files.filter((file) => !existsSync(join(folder, file)));

/** The store of a folder that must have one; throws InputError. */
export function openRun(folder: string): { store: RunStore; run: RunRecord } {
  if (!existsSync(join(folder, STORE))) throw new InputError(`${folder} is not a run's folder: it has no ${STORE}`);
  const store = RunStore.open(join(folder, STORE));
  try {
    const run = findRun(store);
    if (run === undefined) throw new InputError(`${folder} is not a run's folder: its ${STORE} holds no run "${RUN_ID}"`);
    return { store, run };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The store's run; throws InputError when its spec cannot be read. */
function findRun(store: RunStore): RunRecord | undefined {
  try {
    const run = store.findRun(RUN_ID);
    return run && { ...run, spec: resolveSpec(run.spec) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof ValidationError)) throw cause;
    throw new InputError(`run store ${store.path} is corrupt: its run has no valid spec`, { cause });
  }
}

/** The spec of the folder's run, if there is one. */
export function storedSpec(folder: string): RunSpec | undefined {
  if (!existsSync(join(folder, STORE))) return undefined;
  const { store, run } = openRun(folder);
  store.close();
  return run.spec;
}

/** Opens the folder's run, or begins it. Throws InputError when another one is there, and touches nothing then. */
export function openOrBeginRun(folder: string, name: string, spec: RunSpec): { store: RunStore; run: RunRecord } {
  if (!existsSync(join(folder, STORE))) {
    const foreign = ARTIFACTS.filter((file) => existsSync(join(folder, file)));
    if (foreign.length > 0) throw new InputError(`${folder} has ${foreign.join(', ')} but no ${STORE}: choose another folder with --out`);
    makeFolder(folder);
  }
  const store = RunStore.open(join(folder, STORE));
  try {
    if (!findRun(store)) store.createRun({ id: RUN_ID, name, spec, kernel: kernelIdentity() });
    const run = store.run(RUN_ID);
    const different = differences(run.spec, spec);
    if (different.length > 0) {
      throw new InputError(`${folder} holds a run of another spec (${different.join('; ')}): choose another folder with --out`);
    }
    return { store, run };
  } catch (error) {
    store.close();
    throw error;
  }
}
