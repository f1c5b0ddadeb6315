// GET /v1/runs/:id/checkpoints: which there are, and θ of one as a file.

import { CheckpointFormat, Checkpoints, Problem, RunId } from '@metaplast/protocol';
import { encodeTheta, loadState } from '@metaplast/training';
import Type from 'typebox';
import { ApiError } from '../plugins/problems.js';
import type { App, Context } from '../types.js';
import { RunParams } from './runs.js';

const TYPES = { json: 'application/json', npz: 'application/zip', safetensors: 'application/octet-stream' } as const;
const Params = Type.Object(
  { id: RunId, generation: Type.String({ pattern: '^(\\d{1,7}|latest)$', description: 'number of updates, or latest' }) },
  { additionalProperties: false },
);
const Query = Type.Object({ format: CheckpointFormat }, { additionalProperties: false });

export function addCheckpoints(app: App, { store }: Context): void {
  app.get(
    '/v1/runs/:id/checkpoints',
    { schema: { summary: 'List checkpoints', params: RunParams, response: { 200: Checkpoints, default: Problem } } },
    async ({ params: { id } }) => {
      store.run(id);
      return { checkpoints: store.checkpointHashes(id) };
    },
  );

  app.get(
    '/v1/runs/:id/checkpoints/:generation',
    { schema: { summary: 'Download θ', params: Params, querystring: Query, response: { 200: Type.Unknown(), default: Problem } } },
    async ({ params: { id, generation }, query: { format }, headers }, reply) => {
      const { spec, kernel } = store.run(id);
      const state = loadState(store, id, spec, generation === 'latest' ? undefined : Number(generation));
      if (state === undefined) throw new ApiError('not-found', `run ${id} has no checkpoint ${generation}`);
      const bytes = encodeTheta({ spec, kernel, generation: state.generation, theta: state.theta }, `.${format}`);
      const etag = `"${store.checkpoint(id, state.generation)!.thetaSha256}-${format}"`;
      reply.header('etag', etag).header('cache-control', 'private, no-cache');
      if (headers['if-none-match'] === etag) return reply.code(304).send();
      reply.header('content-disposition', `attachment; filename="theta-${id}-${state.generation}.${format}"`).type(TYPES[format]);
      return reply.serializer((body) => body as unknown as string).send(Buffer.from(bytes));
    },
  );
}
