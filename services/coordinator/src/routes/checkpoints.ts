// GET /v1/runs/:id/checkpoints: which there are, and θ of one as a file, or a part of that.

import { CheckpointFormat, Checkpoints, Problem, RunId } from '@metaplast/protocol';
import { encodeTheta, loadState } from '@metaplast/training';
import Type from 'typebox';
import { ApiError } from '../plugins/problems.js';
import type { App, Context } from '../types.js';
import { RunParams } from './parts.js';
import { rangeOf } from './range.js';

const TYPES = { json: 'application/json', npz: 'application/zip', safetensors: 'application/octet-stream' } as const;
const Params = Type.Object(
  { id: RunId, generation: Type.String({ pattern: '^(\\d{1,7}|latest)$', description: 'number of updates, or latest' }) },
  { additionalProperties: false },
);
const Query = Type.Object({ format: CheckpointFormat }, { additionalProperties: false });
const Headers = Type.Object({
  range: Type.Optional(Type.String({ maxLength: 100, description: 'one range of bytes' })),
  'if-range': Type.Optional(Type.String({ maxLength: 200, description: 'ETag that the range is of' })),
  'if-none-match': Type.Optional(Type.String({ maxLength: 400 })),
});
const tags = ['runs'];

export function addCheckpoints(app: App, { store }: Context): void {
  app.get(
    '/v1/runs/:id/checkpoints',
    {
      schema: {
        summary: 'List checkpoints',
        operationId: 'listCheckpoints',
        tags,
        params: RunParams,
        response: { 200: Checkpoints, default: Problem },
      },
    },
    async ({ params: { id } }) => {
      store.catalogue.run(id);
      return { checkpoints: store.checkpointHashes(id) };
    },
  );

  app.get(
    '/v1/runs/:id/checkpoints/:generation',
    {
      config: { problems: ['range-not-satisfiable'] },
      schema: {
        summary: 'Download θ',
        operationId: 'getCheckpoint',
        tags,
        params: Params,
        querystring: Query,
        headers: Headers,
        produces: Object.values(TYPES),
        response: {
          200: Type.Unknown({ description: 'θ as a file' }),
          206: Type.Unknown({ description: 'the range of the file that was asked for' }),
          304: Type.Null({ description: 'it is as it was' }),
          default: Problem,
        },
      },
    },
    async ({ params: { id, generation }, query: { format }, headers }, reply) => {
      const { spec, kernel, forkedFrom } = store.run(id);
      const state = loadState(store, id, spec, generation === 'latest' ? undefined : Number(generation));
      if (state === undefined) throw new ApiError('not-found', `run ${id} has no checkpoint ${generation}`);
      const bytes = encodeTheta({ spec, kernel, generation: state.generation, theta: state.theta, forkedFrom }, `.${format}`);
      const etag = `"${store.checkpoint(id, state.generation)!.thetaSha256}-${format}"`;
      reply.header('etag', etag).header('cache-control', 'private, no-cache').header('accept-ranges', 'bytes');
      if (headers['if-none-match']?.split(',').some((one) => one.trim() === etag)) return reply.code(304).send(null);
      reply.header('content-disposition', `attachment; filename="theta-${id}-${state.generation}.${format}"`).type(TYPES[format]);
      // A range of another file than the one the client has begun with is no use: it gets all.
      const fresh = headers['if-range'] === undefined || headers['if-range'] === etag;
      const range = fresh ? rangeOf(headers.range, bytes.length) : undefined;
      const send = (part: Uint8Array) => reply.serializer((body) => body as unknown as string).send(Buffer.from(part));
      if (range === undefined) return send(bytes);
      if (range === 'unsatisfiable') {
        reply.header('content-range', `bytes */${bytes.length}`).removeHeader('content-disposition');
        throw new ApiError('range-not-satisfiable', `the file has ${bytes.length} bytes`);
      }
      reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${bytes.length}`);
      return send(bytes.subarray(range.first, range.last + 1));
    },
  );
}
