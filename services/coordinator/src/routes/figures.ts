// GET /v1/runs/:id/figures/:name.:format: drawn from what the store holds of a run.

import { FIGURE_FORMATS, FIGURE_NAMES, type FigureFormat, type FigureName, Problem, RunId } from '@metaplast/protocol';
import { EVALUATION, type HeldOut, loadState } from '@metaplast/training';
import Type from 'typebox';
import type { FigureRequest } from '../figures/request.js';
import { WITH_VEGA } from '../figures/request.js';
import { ApiError } from '../plugins/problems.js';
import type { App, Context } from '../types.js';

const TYPES = { svg: 'image/svg+xml', png: 'image/png', json: 'application/json' } as const satisfies Record<FigureFormat, string>;
/** SVGs have styles of their own and nothing else; as pages of their own they may do no more than show themselves. */
const SVG_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

const Params = Type.Object(
  {
    id: RunId,
    file: Type.String({
      pattern: `^(${FIGURE_NAMES.join('|')})\\.(${FIGURE_FORMATS.join('|')})$`,
      description: `${FIGURE_NAMES.join(', ')}; as .svg, .png, or (${WITH_VEGA.join(' and ')}) Vega-Lite .json`,
    }),
  },
  { additionalProperties: false },
);
const Query = Type.Object(
  {
    generation: Type.Optional(
      Type.String({ pattern: '^(\\d{1,7}|latest)$', description: 'checkpoint whose θ is shown; default latest. Curves show all' }),
    ),
  },
  { additionalProperties: false },
);
const Headers = Type.Object({ 'if-none-match': Type.Optional(Type.String({ maxLength: 400 })) });

export function addFigures(app: App, context: Context): void {
  const { figures } = context;
  app.get(
    '/v1/runs/:id/figures/:file',
    {
      schema: {
        summary: 'Draw a figure of a run',
        operationId: 'getFigure',
        tags: ['runs'],
        params: Params,
        querystring: Query,
        headers: Headers,
        produces: Object.values(TYPES),
        response: {
          200: Type.Unknown({ description: 'the figure' }),
          304: Type.Null({ description: 'it is as it was' }),
          default: Problem,
        },
      },
    },
    async ({ params: { id, file }, query, headers }, reply) => {
      const [name, format] = file.split('.') as [FigureName, FigureFormat];
      if (format === 'json' && !WITH_VEGA.includes(name)) {
        throw new ApiError('not-found', `${name} is drawn as svg and png only; Vega-Lite has ${WITH_VEGA.join(' and ')}`);
      }
      const request = requestOf(context, id, name, format, query.generation);
      const etag = figures.etag(request);
      reply.header('etag', etag).header('cache-control', 'private, no-cache');
      if (headers['if-none-match']?.split(',').some((one) => one.trim() === etag)) return reply.code(304).send(null);
      const bytes = await figures.draw(request);
      reply.type(TYPES[format]);
      if (format === 'svg') reply.header('content-security-policy', SVG_CSP);
      return reply.serializer((body) => body as unknown as string).send(bytes);
    },
  );
}

function requestOf(
  { store, baselines: queue }: Context,
  id: string,
  name: FigureName,
  format: FigureFormat,
  generation = 'latest',
): FigureRequest {
  const { spec } = store.run(id);
  const state = loadState(store, id, spec, generation === 'latest' ? undefined : Number(generation));
  if (state === undefined) throw new ApiError('not-found', `run ${id} has no checkpoint ${generation === 'latest' ? 'yet' : generation}`);
  const { baselines } = store.catalogue.run(id);
  const heldOut = name === 'meta-training' ? store.evaluations<HeldOut>(id, EVALUATION.heldOut).map(({ result }) => result) : [];
  if (name === 'meta-training' && heldOut.length === 0) throw new ApiError('not-found', `run ${id} has no held-out evaluation yet`);
  if (baselines === null) queue.makeUp(id);
  if (name !== 'rule-response' && baselines === null) throw new ApiError('not-found', `the baselines of run ${id} are not measured yet`);
  if (name === 'decision-maps' && (spec.tasks[0]!.dimensions ?? 2) !== 2) {
    throw new ApiError('not-found', `tasks of run ${id} have more than two dimensions: there are no maps`);
  }
  return { name, format, spec, generation: state.generation, theta: state.theta, heldOut, baselines };
}
