// GET /v1/runs/:id/metrics: curves, thinned out here and not in the client.

import { Metrics, MetricsQuery, Problem } from '@metaplast/protocol';
import { EVALUATION, type HeldOut } from '@metaplast/training';
import { presentBaselines, presentHeldOut, presentPoint } from '../present.js';
import type { App, Context } from '../types.js';
import { RunParams } from './runs.js';

export function addMetrics(app: App, { store }: Context): void {
  app.get(
    '/v1/runs/:id/metrics',
    {
      schema: {
        summary: 'Curves of a run',
        params: RunParams,
        querystring: MetricsQuery,
        response: { 200: Metrics, default: Problem },
      },
    },
    async ({ params: { id }, query: { since, points } }) => {
      const { spec } = store.run(id);
      const committed = store.checkpoint(id)?.generation ?? 0;
      // One more may be the last, which is always there.
      const stride = Math.max(1, Math.ceil((committed - since) / (points - 1)));
      const heldOut = store.evaluations<HeldOut>(id, EVALUATION.heldOut).filter(({ generation }) => generation >= since);
      const { baselines } = store.catalogue.run(id);
      return {
        stride,
        points: store.sampledMetrics(id, since, stride).map((row) => presentPoint(spec, row)),
        heldOut: heldOut.map(({ result }) => presentHeldOut(result)),
        baselines: baselines && presentBaselines(baselines),
      };
    },
  );
}
