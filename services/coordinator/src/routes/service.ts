// The service itself: version, workers, health.

import { kernelIdentity } from '@metaplast/kernel';
import { Health, Problem, Version, Workers } from '@metaplast/protocol';
import { ApiError } from '../plugins/problems.js';
import type { App, Context } from '../types.js';

export function addService(app: App, { version, workers, trouble, store }: Context): void {
  app.get('/v1/version', { schema: { summary: 'Version of the server', response: { 200: Version, default: Problem } } }, async () => ({
    version,
    kernel: kernelIdentity(),
    specVersion: 1,
  }));

  app.get('/v1/workers', { schema: { summary: 'Who computes', response: { 200: Workers, default: Problem } } }, async () => {
    const problem = trouble();
    if (problem !== undefined) throw new ApiError('unavailable', problem);
    return workers();
  });

  const probe = { config: { rateLimit: false as const, open: true as const } };
  app.get('/healthz', { ...probe, schema: { summary: 'The process lives', response: { 200: Health, default: Problem } } }, async () => ({
    status: 'ok' as const,
  }));

  app.get(
    '/readyz',
    { ...probe, schema: { summary: 'Runs can be taken and computed', response: { 200: Health, default: Problem } } },
    async () => {
      const problem = trouble();
      if (problem !== undefined) throw new ApiError('unavailable', problem);
      store.catalogue.list({ limit: 1 });
      return { status: 'ok' as const };
    },
  );

  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.serializer(JSON.stringify).send(app.swagger()));
}
