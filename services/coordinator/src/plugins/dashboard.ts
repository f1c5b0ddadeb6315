// The dashboard's page at /, readable without a token: it has no data and asks for the token itself.

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { App } from '../types.js';

/** Nothing but the page's own files, and this server alone to talk to. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...['script', 'style', 'img', 'font', 'connect'].map((kind) => `${kind}-src 'self'`),
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Throws when the page is not built. */
export async function addDashboard(app: App): Promise<void> {
  const root = dirname(createRequire(import.meta.url).resolve('@metaplast/dashboard/page/index.html'));
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    scope.addHook('onRequest', async (_request, reply) => {
      // The browser asks each time, and gets a 304 until a new version is served.
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY).header('cache-control', 'no-cache');
    });
    await scope.register(fastifyStatic, { root, wildcard: false, decorateReply: false, cacheControl: false });
  });
}
