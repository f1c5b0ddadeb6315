// Every error as application/problem+json, and requests checked against their schemas with all that is wrong at once.

import { type FieldError, PROBLEMS, type Problem, type ProblemCode, schemaErrors, ValidationError } from '@metaplast/protocol';
import { StateConflictError, StoreError } from '@metaplast/training';
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import type { App } from '../types.js';

/** Thrown by routes: becomes the reply. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ProblemCode;
  readonly more: Partial<Problem>;

  constructor(code: ProblemCode, detail: string, more: Partial<Problem> = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

export const problem = (code: ProblemCode, detail: string, requestId: string, more: Partial<Problem> = {}): Problem => {
  const [status, title] = PROBLEMS[code];
  return { type: `urn:metaplast:problem:${code}`, title, status, code, detail, requestId, ...more };
};

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  const body = problem(error.code, error.message, request.id, error.more);
  return reply.code(body.status).header('x-request-id', request.id).type('application/problem+json').serializer(JSON.stringify).send(body);
}

/** Strings of query and path become what the schema says; nothing is dropped, and unknown fields are errors. */
export const compileSchema: FastifySchemaCompiler<TSchema> =
  ({ schema, httpPart }) =>
  (input: unknown) => {
    const value = httpPart === 'body' ? input : Value.Default(schema, Value.Convert(schema, structuredClone({ ...(input as object) })));
    const errors = schemaErrors(schema, value);
    return errors.length > 0 ? { error: new ValidationError(httpPart ?? 'request', errors) } : { value };
  };

const BY_FASTIFY_CODE: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_UNDER_PRESSURE: 'unavailable',
};
const BY_STATUS: Record<number, ProblemCode> = { 404: 'not-found', 413: 'too-large', 429: 'too-many-requests', 503: 'unavailable' };

function toApiError(error: FastifyError): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ValidationError) return invalid(error.errors);
  if (error instanceof StateConflictError) return new ApiError('state-conflict', error.message, { state: error.state });
  if (error instanceof StoreError) return ofStore(error);
  const status = error.statusCode ?? 500;
  const code = BY_FASTIFY_CODE[error.code] ?? BY_STATUS[status] ?? (status < 500 ? 'bad-request' : 'internal');
  // What an unexpected error says is for the log.
  return new ApiError(code, code === 'internal' ? 'an unexpected error; the server’s log has it under the request’s id' : error.message);
}

export const invalid = (errors: readonly FieldError[]): ApiError =>
  new ApiError('invalid-fields', `${errors.length === 1 ? 'a field is' : `${errors.length} fields are`} invalid`, { errors: [...errors] });

function ofStore({ code, message }: StoreError): ApiError {
  if (code === 'not-found') return new ApiError('not-found', message.replace(/ in .*$/, ''));
  if (code === 'kernel') return new ApiError('kernel-conflict', message);
  if (code === 'locked' || code === 'full' || code === 'superseded') return new ApiError('unavailable', `the run store refuses: ${code}`);
  return new ApiError('internal', 'the run store failed; the server’s log has it under the request’s id');
}

export function addProblems(app: App): void {
  const routes: { method: string; path: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const path = new RegExp(`^${url.replaceAll(/[.]/g, '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
    for (const one of [method].flat()) routes.push({ method: one, path });
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const answer = toApiError(error);
    if (PROBLEMS[answer.code][0] >= 500) request.log.error({ err: error }, answer.code);
    if (answer.code === 'unavailable') reply.header('retry-after', '5');
    if (answer.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="metaplast"');
    return sendProblem(request, reply, answer);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    const allowed = [...new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method))];
    if (allowed.length === 0) return sendProblem(request, reply, new ApiError('not-found', `there is nothing at ${path.slice(0, 200)}`));
    reply.header('allow', allowed.join(', '));
    return sendProblem(request, reply, new ApiError('method-not-allowed', `${request.method} is not among ${allowed.join(', ')}`));
  });
}
