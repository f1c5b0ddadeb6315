// POST /v1/runs, /v1/runs/:id/fork: a run is made and queued, or only looked at.

import { kernelIdentity } from '@metaplast/kernel';
import {
  DryRun,
  type FieldError,
  MAX_COST,
  NewFork,
  NewRun,
  Problem,
  Run,
  type RunSpec,
  resolveSpec,
  runCost,
  runTrainings,
  schemaErrors,
  ValidationError,
} from '@metaplast/protocol';
import { forkOf, heldOutCost, type Submission } from '@metaplast/training';
import Type from 'typebox';
import { compileSchema, invalid } from '../plugins/problems.js';
import type { App, Context } from '../types.js';
import { DEFAULT_PRIORITY, newId, once, RunParams, SubmissionHeaders, submissionOf, within } from './parts.js';
import { replyRun } from './runs.js';

/** Of the WebAssembly kernel (docs/performance.md); native code is two to four times as fast. */
const MULTIPLY_ADDS_A_CORE_HOUR = 3600 * 1e10;

const Query = Type.Object(
  { dryRun: Type.Boolean({ default: false, description: 'make nothing, say what would be' }) },
  { additionalProperties: false },
);
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
    return costErrors(resolveSpec(spec === undefined ? {} : spec));
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.errors.map(({ pointer, detail }) => ({ pointer: `/spec${pointer}`, detail }));
  }
}

/** The meta-training itself has a bound in resolveSpec(); here its evaluations count as well. */
function costErrors(spec: RunSpec): FieldError[] {
  const { multiplyAdds } = costOf(spec);
  if (multiplyAdds <= MAX_COST) return [];
  const bound = `at most ${MAX_COST.toExponential(0)} is allowed`;
  return [
    { pointer: '/spec/evaluation', detail: `with evaluations the run costs ${multiplyAdds.toExponential(1)} multiply-adds; ${bound}` },
  ];
}

export function addSubmit(app: App, context: Context): void {
  const { store, scheduler } = context;
  app.post(
    '/v1/runs',
    {
      validatorCompiler: compileBody,
      schema: {
        summary: 'Submit a run',
        operationId: 'submitRun',
        tags: ['runs'],
        querystring: Query,
        headers: SubmissionHeaders,
        body: NewRun,
        response: { 200: DryRun, 202: Run, default: Problem },
      },
    },
    async (request, reply) => {
      const { spec: partial = {}, name = 'unnamed', tags = [], notes = '', priority = DEFAULT_PRIORITY } = request.body;
      const spec = resolveSpec(partial);
      if (request.query.dryRun) return { spec, cost: costOf(spec) };
      const create = (id: string): void => store.createRun({ id, name, spec, kernel: kernelIdentity(), tags, notes, priority });
      const id = submit(context, submissionOf(request, request.headers['idempotency-key']), create);
      scheduler.wake();
      reply.code(202).header('location', `/v1/runs/${id}`);
      return replyRun(context, reply, id);
    },
  );

  app.post(
    '/v1/runs/:id/fork',
    {
      schema: {
        summary: 'Make a run from a checkpoint of this one, with a changed spec',
        operationId: 'forkRun',
        tags: ['runs'],
        params: RunParams,
        headers: SubmissionHeaders,
        body: NewFork,
        response: { 202: Run, default: Problem },
      },
    },
    async (request, reply) => {
      const { generation, restart, spec: changes, notes = '', priority = DEFAULT_PRIORITY, ...labels } = request.body;
      const create = (id: string): void => {
        const parent = store.run(request.params.id);
        const { spec, start, forkedFrom } = within('/spec', () =>
          forkOf(store, parent.id, { generation: generation === 'latest' ? undefined : generation, restart, changes }),
        );
        const tooMuch = costErrors(spec);
        if (tooMuch.length > 0) throw invalid(tooMuch);
        const { name = parent.name, tags = parent.tags } = labels;
        store.createRun({ id, name, spec, kernel: kernelIdentity(), tags, notes, priority, forkedFrom }, start);
      };
      const id = submit(context, submissionOf(request, request.headers['idempotency-key']), create);
      scheduler.wake();
      reply.code(202).header('location', `/v1/runs/${id}`);
      return replyRun(context, reply, id);
    },
  );
}

/** Makes a run, or finds the one that was made under the same key: then nothing is asked of what it was made from, which may be gone. */
function submit({ store, changes }: Context, submission: Submission | undefined, create: (id: string) => void): string {
  const fresh = newId();
  if (submission === undefined) create(fresh);
  const id = submission ? once(() => store.catalogue.once(submission.key, submission.fingerprint, fresh, () => create(fresh))) : fresh;
  changes.changed(id);
  return id;
}

export function costOf(spec: RunSpec): DryRun['cost'] {
  const multiplyAdds = runCost(spec) + heldOutCost(spec);
  return { innerTrainings: runTrainings(spec), multiplyAdds, coreHours: multiplyAdds / MULTIPLY_ADDS_A_CORE_HOUR };
}
