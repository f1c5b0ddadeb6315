// The HTTP API as a Fastify app that is not yet listening: plugins, then routes.

import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import underPressure from '@fastify/under-pressure';
import { type FastifyBaseLogger, fastify } from 'fastify';
import type { Logger } from 'pino';
import { addDashboard } from './plugins/dashboard.js';
import { ApiError, addProblems, compileSchema, problem, sendProblem } from './plugins/problems.js';
import { addSecurity } from './plugins/security.js';
import { addCheckpoints } from './routes/checkpoints.js';
import { addEvents } from './routes/events.js';
import { addMetrics } from './routes/metrics.js';
import { addRuns } from './routes/runs.js';
import { addService } from './routes/service.js';
import { addSteer } from './routes/steer.js';
import { addSubmit } from './routes/submit.js';
import type { App, Context, Schemas } from './types.js';

const BODY_LIMIT = 64 * 1024;
/** Later the event loop is overloaded, and more requests would only make it worse, ms. */
const MAX_LOOP_DELAY = 2000;

export async function buildApp(context: Context, logger: Logger): Promise<App> {
  const app: App = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
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
  addSecurity(app, context);
  await app.register(rateLimit, { max: context.config.rateLimit, timeWindow: '1 minute' });
  await app.register(underPressure, { maxEventLoopDelay: MAX_LOOP_DELAY });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'metaplast', version: context.version, description: 'Submit, monitor and steer meta-training runs' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  for (const add of [addSubmit, addRuns, addSteer, addMetrics, addEvents, addCheckpoints, addService]) {
    app.register(async (scope) => add(scope.withTypeProvider<Schemas>(), context));
  }
  await addDashboard(app);
  await app.ready();
  return app;
}
