// What can go wrong with a store, in one line each.

import type { EvaluationState, RunState } from '@metaplast/protocol';
import Database from 'better-sqlite3';

/**
 * not-a-store: the file is something else. corrupt: it was a store. newer: a later version of this program made it.
 * locked: another process is writing. full: no room on the disk. unwritable: no such folder, or no permission. io: the disk fails.
 * kernel: the run was made with another kernel. superseded: another process goes on with the run. leased: a coordinator has the store.
 */
export type StoreErrorCode =
  | 'not-a-store'
  | 'corrupt'
  | 'newer'
  | 'locked'
  | 'full'
  | 'unwritable'
  | 'io'
  | 'exists'
  | 'not-found'
  | 'kernel'
  | 'superseded'
  | 'leased'
  | 'failed';

/** The store cannot do what was asked; what it holds is as it was. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether only one run is affected: a damaged file is everybody's trouble, a record that makes no sense is its own run's. */
export const isOfOneRun = ({ code, cause }: StoreError): boolean =>
  code === 'kernel' || (code === 'corrupt' && !(cause instanceof Database.SqliteError));

/** The run, or the evaluation, is not in a state that allows what was asked. */
export class StateConflictError extends Error {
  override readonly name = 'StateConflictError';
  readonly state: RunState | EvaluationState;

  constructor(what: string, state: RunState | EvaluationState, wanted: string) {
    super(`${what} is ${state}: it cannot become ${wanted}`);
    this.state = state;
  }
}

const BY_SQLITE_CODE: readonly [prefix: string, code: StoreErrorCode, says: string][] = [
  ['SQLITE_NOTADB', 'not-a-store', 'is not a run store'],
  ['SQLITE_CORRUPT', 'corrupt', 'is corrupt or truncated'],
  ['SQLITE_BUSY', 'locked', 'is locked by another process'],
  ['SQLITE_FULL', 'full', 'cannot be written: the disk is full'],
  ['SQLITE_READONLY', 'unwritable', 'cannot be written: permission denied'],
  ['SQLITE_CANTOPEN', 'unwritable', 'cannot be opened: no such folder, or permission denied'],
  ['SQLITE_IOERR', 'io', 'cannot be read or written: disk error, or its size limit is reached'],
  ['SQLITE_PERM', 'unwritable', 'cannot be opened: permission denied'],
];

/** A StoreError for whatever SQLite threw about the file at `path`; StoreErrors pass through. */
export function storeError(path: string, error: unknown): unknown {
  if (error instanceof StoreError) return error;
  // better-sqlite3 checks the folder itself, before SQLite is asked.
  if (error instanceof TypeError && error.message.includes('directory does not exist')) {
    return new StoreError('unwritable', `run store ${path} cannot be opened: no such folder`, { cause: error });
  }
  if (!(error instanceof Database.SqliteError)) return error;
  const known = BY_SQLITE_CODE.find(([prefix]) => error.code.startsWith(prefix));
  const [, code, says] = known ?? ['', 'failed' as const, `failed: ${error.message} (${error.code})`];
  return new StoreError(code, `run store ${path} ${says}`, { cause: error });
}

/** Something in the file at `path` is not what was written: `id` is of a run or an evaluation. */
export const corrupt = (path: string, id: string, what: string, cause?: unknown): StoreError =>
  new StoreError('corrupt', `run store ${path} is corrupt: ${id} has no valid ${what}`, { cause });

/** Stored JSON of a run or an evaluation; throws 'corrupt'. */
export function parsed<T>(path: string, id: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw corrupt(path, id, 'JSON', cause);
  }
}
