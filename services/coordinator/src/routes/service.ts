// The service itself: version, workers, health, metrics.

import { kernelIdentity } from '@metaplast/kernel';
import { Health, Problem, Version, Workers } from '@metaplast/protocol';
import Type from 'typebox';
import { ApiError } from '../plugins/problems.js';
import type { App, Context } from '../types.js';

const tags = ['service'];

export function addService(app: App, context: Context): void {
  const { version, workers, trouble, store, telemetry, dispatchMetrics } = context;
  app.get(
    '/v1/version',
    { schema: { summary: 'Version of the server', operationId: 'getVersion', tags, response: { 200: Version, default: Problem } } },
    async () => ({ version, kernel: kernelIdentity(), specVersion: 1 }),
  );

  app.get(
    '/v1/workers',
    { schema: { summary: 'Who computes', operationId: 'listWorkers', tags, response: { 200: Workers, default: Problem } } },
    async () => {
      const problem = trouble();
      if (problem !== undefined) throw new ApiError('unavailable', problem);
      return workers();
    },
  );

  const probe = { open: true, probe: true, rateLimit: false } as const;
  app.get(
    '/healthz',
    { config: probe, schema: { summary: 'The process lives', operationId: 'isAlive', tags, response: { 200: Health, default: Problem } } },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config: probe,
      schema: { summary: 'Runs can be taken and computed', operationId: 'isReady', tags, response: { 200: Health, default: Problem } },
    },
    async () => {
      const problem = trouble();
      if (problem !== undefined) throw new ApiError('unavailable', problem);
      store.catalogue.list({ limit: 1 });
      return { status: 'ok' as const };
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics for Prometheus, those of BullMQ included',
        operationId: 'getPrometheusMetrics',
        tags,
        produces: ['text/plain'],
        response: { 200: Type.String({ description: 'Prometheus text format' }), default: Problem },
      },
    },
    async (_request, reply) => {
      const [own, dispatch] = await Promise.all([
        telemetry.registry.metrics(),
        trouble() === undefined ? dispatchMetrics().catch(() => '') : '',
      ]);
      return reply
        .type(telemetry.registry.contentType)
        .serializer((body) => body as unknown as string)
        .send(own + dispatch);
    },
  );
}
