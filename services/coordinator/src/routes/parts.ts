// What several routes have in common: parameters, pages, conditions, and submissions that may be repeated.

import { createHash, randomBytes } from 'node:crypto';
import { RunId, ValidationError } from '@metaplast/protocol';
import { StoreError } from '@metaplast/training';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { ApiError, invalid } from '../plugins/problems.js';

export const RunParams = Type.Object({ id: RunId }, { additionalProperties: false });

export const DEFAULT_PRIORITY = 5;

export const newId = (): string => randomBytes(8).toString('hex');

/** Place of an entry in a list that is sorted by age. */
interface Place {
  createdAt: number;
  id: string;
}

export const encodeCursor = ({ createdAt, id }: Place): string => Buffer.from(`${createdAt}.${id}`).toString('base64url');

export function decodeCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, createdAt, id] = /^(\d{1,15})\.([0-9a-f]{16})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined) throw invalid([{ pointer: '/cursor', detail: 'is not one that this server gave' }]);
  return { createdAt: Number(createdAt), id };
}

/** The first `limit` entries of one more than that, and where the rest begins. */
export function pageOf<T extends Place>(rows: readonly T[], limit: number): { page: T[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rows.length > limit && last ? encodeCursor(last) : null };
}

export const SubmissionHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, pattern: '^[!-~]+$', description: 'the same submission twice makes one thing' }),
  ),
});

/** What was asked for, if it is asked for under a key. */
export function submissionOf(request: FastifyRequest, key: string | undefined): { key: string; fingerprint: string } | undefined {
  if (key === undefined) return undefined;
  const path = request.url.split('?')[0]!;
  // Runs that were made before there was anything else to submit have no path in their fingerprint.
  const what = `${path === '/v1/runs' ? '' : path}${JSON.stringify(request.body)}`;
  return { key, fingerprint: createHash('sha256').update(what).digest('hex') };
}

/** Calls `create`, which may find that the key was used for something else. */
export function once<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'exists')) throw error;
    throw new ApiError('key-reused', 'the Idempotency-Key was used for a submission with another body');
  }
}

export const ConditionHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 400, description: 'ETag of the run as it was read: it is refused if it was changed since' }),
  ),
});

/** Of a run’s labels and state: generations that come in change nothing that a request could overwrite. */
export const revisionTag = ({ revision }: { revision: number }): string => `"${revision}"`;

/** Throws 'precondition-failed' unless the run is as it was read. */
export function checkCondition(ifMatch: string | undefined, run: { revision: number }): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tag = revisionTag(run);
  if (ifMatch.split(',').some((one) => one.trim() === tag)) return;
  throw new ApiError('precondition-failed', `its ETag is ${tag} now: read it again`);
}

/** Errors of a part of a body, as errors of the body. */
export function within<T>(pointer: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw invalid(error.errors.map((one) => ({ pointer: `${pointer}${one.pointer}`, detail: one.detail })));
  }
}
