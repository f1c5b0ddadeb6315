// The OpenAPI 3.1 document, from the routes' own schemas, and a page that shows it.
//
// Routes name their successes; which problems can come follows from what they take: an operation lists every status that it has.

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import {
  DryRun,
  Evaluation,
  EvaluationSummary,
  MetricsPoint,
  PROBLEMS,
  Problem,
  type ProblemCode,
  Run,
  RunSpec,
  RunSummary,
  TaskSpec,
} from '@metaplast/protocol';
import type { FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';
import type { App } from '../types.js';

/** What is referred to by name. */
const NAMED: Record<string, TSchema> = { DryRun, Evaluation, EvaluationSummary, MetricsPoint, Problem, Run, RunSpec, RunSummary, TaskSpec };

const TAGS = [
  { name: 'runs', description: 'Meta-training runs: submit, watch, steer, fork, download, compare' },
  { name: 'evaluations', description: 'θ on fresh tasks, beside tuned baselines' },
  { name: 'presets', description: 'Specs that runs can be made from' },
  { name: 'service', description: 'The service itself' },
];

const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Problems that any operation can have. */
const ALWAYS: readonly ProblemCode[] = ['bad-request', 'forbidden-origin', 'too-many-requests', 'internal', 'unavailable'];

/** Whatever comes with a method that may have a body is looked at. */
const OF_BODIES: readonly ProblemCode[] = ['too-large', 'unsupported-media-type'];

export async function addOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'metaplast',
        version,
        description: 'Submit, monitor and steer meta-training runs',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'this server' }],
      tags: TAGS,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'needed if the server has one' } } },
      security: [{ token: [] }, {}],
    },
    transform: ({ schema, url, route }) => {
      const { open, problems = [] } = route.config ?? {};
      return {
        schema: {
          ...withProblems(schema, open === true, [...problems, ...(route.method === 'GET' ? [] : OF_BODIES)]),
          ...(open && { security: [{}] }),
        },
        url,
      };
    },
    transformObject: (document) => ('openapiObject' in document ? named(document.openapiObject) : document.swaggerObject),
  });
  // Made once, before anybody waits for it.
  app.addHook('onReady', async () => void app.swagger());
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.serializer(JSON.stringify).send(app.swagger()),
  );
  // Its scripts and styles are served from here; the policy of that page alone allows them.
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCS_CSP, uiConfig: { deepLinking: true, tryItOutEnabled: false } });
  });
}

function withProblems(schema: FastifySchema, open: boolean, more: readonly ProblemCode[]): FastifySchema {
  const { default: fallback, ...successes } = (schema.response ?? {}) as Record<string, unknown>;
  if (fallback === undefined) return schema;
  const { params, headers = {} } = schema as { params?: TSchema; headers?: { properties?: object } };
  const conditions = Object.keys(headers.properties ?? {});
  const codes: ProblemCode[] = [...ALWAYS, 'not-found', 'method-not-allowed', ...more];
  if (!open) codes.push('unauthorized');
  if (params !== undefined) codes.push('invalid-fields');
  if (conditions.includes('if-match')) codes.push('state-conflict', 'precondition-failed');
  if (conditions.includes('idempotency-key')) codes.push('key-reused');
  const titles: Record<number, string[]> = {};
  for (const code of new Set(codes)) {
    const [status, title] = PROBLEMS[code];
    titles[status] = [...(titles[status] ?? []), title];
  }
  const content = { 'application/problem+json': { schema: Problem } };
  const problems = Object.entries(titles).map(([status, list]) => [status, { description: list.join('; '), content }]);
  return { ...schema, response: { ...successes, ...Object.fromEntries(problems) } };
}

/** The document with each of the named schemas in one place: they are known by their descriptions. */
function named<T extends { components?: object }>(document: T): T {
  const names = new Map(Object.entries(NAMED).map(([name, schema]) => [(schema as { description?: string }).description, name]));
  const schemas: Record<string, unknown> = {};
  const replace = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(replace);
    const { type, description } = node as { type?: unknown; description?: string };
    const name = type === 'object' ? names.get(description) : undefined;
    const children = (): unknown => Object.fromEntries(Object.entries(inNewWords(node)).map(([key, child]) => [key, replace(child)]));
    if (name === undefined) return children();
    schemas[name] ??= children();
    return { $ref: `#/components/schemas/${name}` };
  };
  const { components, ...rest } = replace(document) as T;
  return { ...rest, components: { ...components, schemas } } as T;
}

/** Tuples as JSON Schema 2020-12 has them, and choices of strings as one enum. */
function inNewWords(schema: object): object {
  const {
    items,
    additionalItems: _,
    anyOf,
    ...rest
  } = schema as { items?: unknown; additionalItems?: unknown; anyOf?: { enum?: unknown[] }[] };
  if (Array.isArray(items)) return { ...rest, prefixItems: items, maxItems: items.length, items: false };
  if (anyOf?.every((one) => one.enum?.length === 1)) return { ...rest, type: 'string', enum: anyOf.flatMap((one) => one.enum) };
  return schema;
}
