// Runs: list, show, label, delete.

import { Problem, Run, RunId, RunList, RunPatch, RunQuery } from '@metaplast/protocol';
import { type ListQuery, StateConflictError } from '@metaplast/training';
import Type from 'typebox';
import { invalid } from '../plugins/problems.js';
import { presentRun, presentSummary } from '../present.js';
import type { App, Context } from '../types.js';

export const RunParams = Type.Object({ id: RunId }, { additionalProperties: false });
const DELETABLE: readonly string[] = ['queued', 'paused', 'succeeded', 'failed', 'cancelled'];

export function addRuns(app: App, context: Context): void {
  const { store } = context;

  app.get(
    '/v1/runs',
    { schema: { summary: 'List runs, newest first', querystring: RunQuery, response: { 200: RunList, default: Problem } } },
    async ({ query }) => {
      const { cursor, limit, ...filters } = query;
      // Read first: what changes in between is told twice rather than never.
      const position = store.clock.now();
      const rows = store.catalogue.list({ ...filters, before: cursor === undefined ? undefined : decodeCursor(cursor), limit: limit + 1 });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        runs: page.map((row) => presentSummary(context, row)),
        nextCursor: rows.length > limit && last ? encodeCursor(last) : null,
        position,
      };
    },
  );

  app.get(
    '/v1/runs/:id',
    { schema: { summary: 'Show a run', params: RunParams, response: { 200: Run, default: Problem } } },
    async ({ params }) => presentRun(context, params.id),
  );

  app.patch(
    '/v1/runs/:id',
    { schema: { summary: 'Change name, tags or notes', params: RunParams, body: RunPatch, response: { 200: Run, default: Problem } } },
    async ({ params, body }) => {
      store.run(params.id);
      store.catalogue.label(params.id, body);
      return presentRun(context, params.id);
    },
  );

  app.delete(
    '/v1/runs/:id',
    { schema: { summary: 'Delete a run that nobody works on', params: RunParams, response: { 204: Type.Null(), default: Problem } } },
    async ({ params }, reply) => {
      const { state } = store.run(params.id);
      if (!DELETABLE.includes(state)) throw new StateConflictError(params.id, state, 'deleted');
      store.deleteRun(params.id);
      return reply.code(204).send(null);
    },
  );
}

const encodeCursor = ({ createdAt, id }: { createdAt: number; id: string }): string =>
  Buffer.from(`${createdAt}.${id}`).toString('base64url');

function decodeCursor(cursor: string): NonNullable<ListQuery['before']> {
  const [, createdAt, id] = /^(\d{1,15})\.([0-9a-f]{16})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined) throw invalid([{ pointer: '/cursor', detail: 'is not one that this server gave' }]);
  return { createdAt: Number(createdAt), id };
}
