// The HTTP API as a Fastify app that is not yet listening: plugins, then routes.

import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import { type FastifyBaseLogger, fastify } from 'fastify';
import type { Logger } from 'pino';
import { addDashboard } from './plugins/dashboard.js';
import { addOpenApi } from './plugins/openapi.js';
import { ApiError, addProblems, compileSchema, problem, sendProblem } from './plugins/problems.js';
import { addSecurity } from './plugins/security.js';
import { addCheckpoints } from './routes/checkpoints.js';
import { addCompare } from './routes/compare.js';
import { addEvaluations } from './routes/evaluations.js';
import { addEvents } from './routes/events.js';
import { addFigures } from './routes/figures.js';
import { addMetrics } from './routes/metrics.js';
import { addPresets } from './routes/presets.js';
import { addRuns } from './routes/runs.js';
import { addService } from './routes/service.js';
import { addServiceEvents } from './routes/service-events.js';
import { addSteer } from './routes/steer.js';
import { addSubmit } from './routes/submit.js';
import type { App, Context, Schemas } from './types.js';

const BODY_LIMIT = 64 * 1024;
/** Later the event loop is overloaded, and more requests would only make it worse, ms. */
const MAX_LOOP_DELAY = 2000;

const ROUTES: readonly ((app: App, context: Context) => void)[] = [
  addSubmit,
  addRuns,
  addSteer,
  addMetrics,
  addEvents,
  addCheckpoints,
  addEvaluations,
  addFigures,
  addCompare,
  addPresets,
  addServiceEvents,
  addService,
];

export async function buildApp(context: Context, logger: Logger): Promise<App> {
  const app: App = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // its answer is not a problem document; what still comes is answered, or cut off
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, new ApiError('bad-request', error.message)),
    clientErrorHandler(error, socket) {
      if (!socket.writable) return void socket.destroy();
      const body = JSON.stringify(problem('bad-request', 'this is not HTTP that the server understands', randomUUID()));
      logger.debug({ err: error }, 'malformed request');
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  }).withTypeProvider<Schemas>();
  // Bodies are JSON, and nothing else.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(compileSchema);
  app.setSerializerCompiler(() => JSON.stringify);
  addProblems(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  // Before the tokens are looked at: whoever guesses them is limited too.
  await app.register(rateLimit, {
    global: false,
    max: context.config.rateLimit,
    timeWindow: '1 minute',
    allowList: ({ routeOptions }) => routeOptions.config.rateLimit === false,
  });
  app.addHook('onRequest', app.rateLimit());
  addSecurity(app, context);
  await app.register(underPressure, { maxEventLoopDelay: MAX_LOOP_DELAY });
  await addOpenApi(app, context.version);
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? 'none';
    context.telemetry.requests.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  app.addHook('preClose', async () => context.streams.leave());
  context.telemetry.watch(context);
  for (const add of ROUTES) {
    app.register(async (scope) => add(scope.withTypeProvider<Schemas>(), context));
  }
  await addDashboard(app);
  await app.ready();
  return app;
}
