// GET /v1/runs/:id/metrics: curves, thinned out here and not in the client.

import { Metrics, MetricsQuery, Problem } from '@metaplast/protocol';
import { EVALUATION, type HeldOut } from '@metaplast/training';
import { presentBaselines, presentHeldOut, presentPoint } from '../present.js';
import type { App, Context } from '../types.js';
import { RunParams } from './parts.js';

export function addMetrics(app: App, context: Context): void {
  app.get(
    '/v1/runs/:id/metrics',
    {
      schema: {
        summary: 'Curves of a run',
        operationId: 'getMetrics',
        tags: ['runs'],
        params: RunParams,
        querystring: MetricsQuery,
        response: { 200: Metrics, default: Problem },
      },
    },
    async ({ params: { id }, query: { since, points } }) => curvesOf(context, id, since, points),
  );
}

/** From generation `since` on, of no more than `points` generations, and as many held-out evaluations. Throws StoreError 'not-found'. */
export function curvesOf({ store }: Context, id: string, since: number, points: number): Metrics {
  const { spec } = store.run(id);
  const { baselines, generation: committed } = store.catalogue.run(id);
  // A fork has no generations before its start; one more may be the last, which is always there.
  const first = Math.max(since, store.series.firstGeneration(id));
  const stride = Math.max(1, Math.ceil((committed - first) / (points - 1)));
  const heldOut = store.evaluations<HeldOut>(id, EVALUATION.heldOut, since, points);
  return {
    stride,
    points: store.series.sampledMetrics(id, first, stride).map((row) => presentPoint(spec, row)),
    heldOut: heldOut.map(({ result }) => presentHeldOut(result)),
    baselines: baselines && presentBaselines(baselines),
  };
}
