// Runs: list, show, label, delete.

import { DELETABLE, Problem, Run, RunList, RunPatch, RunQuery } from '@metaplast/protocol';
import { StateConflictError } from '@metaplast/training';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { presentRun, presentSummary } from '../present.js';
import type { App, Context } from '../types.js';
import { ConditionHeaders, checkCondition, decodeCursor, pageOf, RunParams, revisionTag } from './parts.js';

export function addRuns(app: App, context: Context): void {
  const { store } = context;

  app.get(
    '/v1/runs',
    {
      schema: {
        summary: 'List runs, newest first',
        operationId: 'listRuns',
        tags: ['runs'],
        querystring: RunQuery,
        response: { 200: RunList, default: Problem },
      },
    },
    async ({ query: { cursor, limit, ...filters } }) => {
      // Read first: what changes in between is told twice rather than never.
      const position = store.clock.now();
      const { page, nextCursor } = pageOf(store.catalogue.list({ ...filters, before: decodeCursor(cursor), limit: limit + 1 }), limit);
      return { runs: page.map((row) => presentSummary(context, row)), nextCursor, position };
    },
  );

  app.get(
    '/v1/runs/:id',
    {
      schema: { summary: 'Show a run', operationId: 'getRun', tags: ['runs'], params: RunParams, response: { 200: Run, default: Problem } },
    },
    async ({ params }, reply) => {
      context.baselines.makeUp(params.id);
      return replyRun(context, reply, params.id);
    },
  );

  app.patch(
    '/v1/runs/:id',
    {
      schema: {
        summary: 'Change name, tags or notes',
        operationId: 'patchRun',
        tags: ['runs'],
        params: RunParams,
        headers: ConditionHeaders,
        body: RunPatch,
        response: { 200: Run, default: Problem },
      },
    },
    async ({ params, body, headers }, reply) => {
      checkCondition(headers['if-match'], store.catalogue.run(params.id));
      store.catalogue.label(params.id, body);
      context.changes.changed(params.id);
      return replyRun(context, reply, params.id);
    },
  );

  app.delete(
    '/v1/runs/:id',
    {
      schema: {
        summary: 'Delete a run that nobody works on',
        operationId: 'deleteRun',
        tags: ['runs'],
        params: RunParams,
        headers: ConditionHeaders,
        response: { 204: Type.Null({ description: 'it is gone, with all that it had' }), default: Problem },
      },
    },
    async ({ params, headers }, reply) => {
      const run = store.catalogue.run(params.id);
      checkCondition(headers['if-match'], run);
      if (!DELETABLE.includes(run.state)) throw new StateConflictError(`run ${params.id}`, run.state, 'deleted');
      context.baselines.drop(params.id);
      store.deleteRun(params.id);
      context.changes.changed(params.id);
      return reply.code(204).send(null);
    },
  );
}

/** A run with its ETag, which stands for labels and state alone: nobody may answer from a cache. */
export function replyRun(context: Context, reply: FastifyReply, id: string): Run {
  reply.header('etag', revisionTag(context.store.catalogue.run(id))).header('cache-control', 'no-store');
  return presentRun(context, id);
}
