// POST /v1/runs: a run is made and queued, or only looked at.

import { createHash, randomBytes } from 'node:crypto';
import { kernelIdentity } from '@metaplast/kernel';
import {
  DryRun,
  type FieldError,
  NewRun,
  Problem,
  Run,
  resolveSpec,
  runCost,
  runTrainings,
  schemaErrors,
  ValidationError,
} from '@metaplast/protocol';
import { StoreError } from '@metaplast/training';
import Type from 'typebox';
import { ApiError, compileSchema } from '../plugins/problems.js';
import { presentRun } from '../present.js';
import type { App, Context } from '../types.js';

const DEFAULT_PRIORITY = 5;
const MULTIPLY_ADDS_A_CORE_HOUR = 3600e9;

const Query = Type.Object(
  { dryRun: Type.Boolean({ default: false, description: 'make nothing, say what would be' }) },
  { additionalProperties: false },
);
const Headers = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, pattern: '^[!-~]+$', description: 'the same submission twice makes one run' }),
  ),
});

/** The body's own fields and the spec's, all errors at once. */
const compileBody: typeof compileSchema = (route) => {
  if (route.httpPart !== 'body') return compileSchema(route);
  return (value: unknown) => {
    const errors = [...schemaErrors(NewRun, value), ...specErrors((value as NewRun | null)?.spec)];
    return errors.length > 0 ? { error: new ValidationError('body', errors) } : { value };
  };
};

function specErrors(spec: unknown): FieldError[] {
  try {
    resolveSpec(spec ?? {});
    return [];
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.errors.map(({ pointer, detail }) => ({ pointer: `/spec${pointer}`, detail }));
  }
}

export function addSubmit(app: App, context: Context): void {
  const { store, scheduler } = context;
  app.post(
    '/v1/runs',
    {
      validatorCompiler: compileBody,
      schema: {
        summary: 'Submit a run',
        querystring: Query,
        headers: Headers,
        body: NewRun,
        response: { 200: DryRun, 202: Run, default: Problem },
      },
    },
    async (request, reply) => {
      const { spec: partial = {}, name = 'unnamed', tags = [], notes = '', priority = DEFAULT_PRIORITY } = request.body;
      const spec = resolveSpec(partial);
      if (request.query.dryRun) {
        const multiplyAdds = runCost(spec);
        return { spec, cost: { innerTrainings: runTrainings(spec), multiplyAdds, coreHours: multiplyAdds / MULTIPLY_ADDS_A_CORE_HOUR } };
      }
      const fresh = randomBytes(8).toString('hex');
      const create = (): void => store.createRun({ id: fresh, name, spec, kernel: kernelIdentity(), tags, notes, priority });
      const key = request.headers['idempotency-key'];
      const id = key === undefined ? fresh : once(context, key, request.body, fresh, create);
      if (key === undefined) create();
      scheduler.wake();
      reply.code(202).header('location', `/v1/runs/${id}`);
      return presentRun(context, id);
    },
  );
}

function once({ store }: Context, key: string, body: unknown, id: string, create: () => void): string {
  const fingerprint = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  try {
    return store.catalogue.once(key, fingerprint, id, create);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'exists')) throw error;
    throw new ApiError('key-reused', 'the Idempotency-Key was used for a submission with another body');
  }
}
