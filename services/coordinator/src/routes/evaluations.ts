// Evaluations: θ of a run, or one that is given, on fresh tasks beside tuned baselines.

import { kernelIdentity, thetaLength } from '@metaplast/kernel';
import {
  DELETABLE,
  Evaluation,
  EvaluationId,
  EvaluationList,
  EvaluationQuery,
  finalSpec,
  MAX_COST,
  mergePatch,
  NewEvaluation,
  NewRunEvaluation,
  Problem,
  RunEvaluationQuery,
  type RunSpec,
  resolveSpec,
  ValidationError,
} from '@metaplast/protocol';
import {
  baselineErrors,
  checkKernel,
  comparisonCost,
  loadState,
  type NewEvaluationJob,
  StateConflictError,
  SUPERVISED,
  thetaSha256,
} from '@metaplast/training';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { ApiError, invalid } from '../plugins/problems.js';
import { presentEvaluation, presentEvaluationSummary } from '../present.js';
import type { App, Context } from '../types.js';
import { DEFAULT_PRIORITY, decodeCursor, newId, once, pageOf, RunParams, SubmissionHeaders, submissionOf } from './parts.js';

/** A θ of the largest rule as JSON takes some 200 KB. */
const THETA_BODY_LIMIT = 1024 * 1024;

const Params = Type.Object({ id: EvaluationId }, { additionalProperties: false });
const tags = ['evaluations'];

export function addEvaluations(app: App, context: Context): void {
  const { store, evaluations, changes } = context;

  const submit = (request: FastifyRequest, reply: FastifyReply, key: string | undefined, wanted: NewEvaluation): Evaluation => {
    const id = once(() => store.jobs.create(() => jobOf(context, wanted), submissionOf(request, key)));
    evaluations.wake();
    changes.changed(id);
    reply.code(202).header('location', `/v1/evaluations/${id}`);
    return presentEvaluation(context, id);
  };
  const list = (query: EvaluationQuery): EvaluationList => {
    const { cursor, limit, ...filters } = query;
    const { page, nextCursor } = pageOf(store.jobs.list({ ...filters, before: decodeCursor(cursor), limit: limit + 1 }), limit);
    return { evaluations: page.map(presentEvaluationSummary), nextCursor };
  };

  app.post(
    '/v1/evaluations',
    {
      bodyLimit: THETA_BODY_LIMIT,
      config: { problems: ['kernel-conflict'] },
      schema: {
        summary: 'Evaluate θ of a run, or a θ that is given',
        operationId: 'submitEvaluation',
        tags,
        headers: SubmissionHeaders,
        body: NewEvaluation,
        response: { 202: Evaluation, default: Problem },
      },
    },
    async (request, reply) => submit(request, reply, request.headers['idempotency-key'], request.body),
  );

  app.post(
    '/v1/runs/:id/evaluations',
    {
      config: { problems: ['kernel-conflict'] },
      schema: {
        summary: 'Evaluate a checkpoint of a run',
        operationId: 'evaluateRun',
        tags,
        params: RunParams,
        headers: SubmissionHeaders,
        body: NewRunEvaluation,
        response: { 202: Evaluation, default: Problem },
      },
    },
    async (request, reply) => submit(request, reply, request.headers['idempotency-key'], { run: request.params.id, ...request.body }),
  );

  app.get(
    '/v1/evaluations',
    {
      schema: {
        summary: 'List evaluations, newest first',
        operationId: 'listEvaluations',
        tags,
        querystring: EvaluationQuery,
        response: { 200: EvaluationList, default: Problem },
      },
    },
    async ({ query }) => list(query),
  );

  app.get(
    '/v1/runs/:id/evaluations',
    {
      schema: {
        summary: 'List evaluations of a run, newest first',
        operationId: 'listEvaluationsOfRun',
        tags,
        params: RunParams,
        querystring: RunEvaluationQuery,
        response: { 200: EvaluationList, default: Problem },
      },
    },
    async ({ params: { id }, query }) => {
      store.catalogue.run(id);
      return list({ ...query, run: id });
    },
  );

  app.get(
    '/v1/evaluations/:id',
    {
      schema: {
        summary: 'Show an evaluation with its results',
        operationId: 'getEvaluation',
        tags,
        params: Params,
        response: { 200: Evaluation, default: Problem },
      },
    },
    async ({ params: { id } }) => presentEvaluation(context, id),
  );

  app.post(
    '/v1/evaluations/:id/cancel',
    {
      config: { problems: ['state-conflict'] },
      schema: {
        summary: 'Stop an evaluation; rows that are finished stay',
        operationId: 'cancelEvaluation',
        tags,
        params: Params,
        response: { 200: Evaluation, default: Problem },
      },
    },
    async ({ params: { id } }) => {
      await evaluations.cancel(id);
      return presentEvaluation(context, id);
    },
  );

  app.delete(
    '/v1/evaluations/:id',
    {
      config: { problems: ['state-conflict'] },
      schema: {
        summary: 'Delete an evaluation that nobody works on',
        operationId: 'deleteEvaluation',
        tags,
        params: Params,
        response: { 204: Type.Null({ description: 'it is gone' }), default: Problem },
      },
    },
    async ({ params: { id } }, reply) => {
      const { state } = store.jobs.job(id);
      if (!DELETABLE.includes(state)) throw new StateConflictError(`evaluation ${id}`, state, 'deleted');
      store.jobs.delete(id);
      changes.changed(id);
      return reply.code(204).send(null);
    },
  );
}

/** What is to be done; all fields that are wrong at once. */
function jobOf(context: Context, wanted: NewEvaluation): NewEvaluationJob & { theta: Float32Array } {
  const { families, trials, baselines = [...SUPERVISED], tunedOn = 'each', priority = DEFAULT_PRIORITY, name = 'unnamed' } = wanted;
  const source = sourceOf(context, wanted);
  const spec = specOf(mergePatch(source.spec, wanted.spec ?? {}), families, trials);
  const { theta, run, generation } = source;
  const errors = baselineErrors(spec, baselines);
  const expected = thetaLength(spec.rule.hidden);
  if (expected !== theta.length) {
    const detail = `θ has ${theta.length} numbers, a rule of hidden widths ${spec.rule.hidden.join(', ')} has ${expected}`;
    errors.push({ pointer: '/spec/rule/hidden', detail });
  }
  const cost = comparisonCost(spec, baselines);
  if (cost > MAX_COST) {
    const detail = `total cost is ${cost.toExponential(1)} multiply-adds; at most ${MAX_COST.toExponential(0)} is allowed (families × trials × size)`;
    errors.push({ pointer: '/trials', detail });
  }
  if (errors.length > 0) throw invalid(errors);
  const kernel = kernelIdentity();
  return { id: newId(), name, priority, run, generation, thetaSha256: thetaSha256(theta), spec, kernel, baselines, tunedOn, theta };
}

interface Source {
  theta: Float32Array;
  /** What it was trained with, as far as that is known. */
  spec: unknown;
  run: string | null;
  generation: number | null;
}

function sourceOf({ store }: Context, { run, theta: given, generation }: NewEvaluation): Source {
  if ((run === undefined) === (given === undefined)) {
    throw invalid([{ pointer: '/run', detail: 'either run or theta must be there, and not both' }]);
  }
  if (run !== undefined) {
    const { spec, kernel } = store.run(run);
    checkKernel(`run ${run}`, kernel);
    const state = loadState(store, run, spec, generation === 'latest' ? undefined : generation);
    if (state === undefined) throw new ApiError('not-found', `run ${run} has no checkpoint ${generation ?? 'yet'}`);
    return { theta: state.theta, spec: finalSpec(spec), run, generation: state.generation };
  }
  if (generation !== undefined)
    throw invalid([{ pointer: '/generation', detail: 'is of a run; a θ that is given has none to choose from' }]);
  const file = Array.isArray(given) ? { theta: given, spec: {}, sha256: undefined, kernel: undefined } : given!;
  const theta = Float32Array.from(file.theta);
  if (!theta.every(Number.isFinite)) throw invalid([{ pointer: '/theta', detail: 'must be numbers within the range of float32' }]);
  if (file.sha256 !== undefined && file.sha256 !== thetaSha256(theta)) {
    throw invalid([{ pointer: '/theta/sha256', detail: 'is not that of theta: the file was changed' }]);
  }
  if (file.kernel !== undefined && file.kernel !== kernelIdentity()) {
    const detail = `is not that of this server, ${kernelIdentity().slice(0, 12)}: results would not be the same`;
    throw invalid([{ pointer: '/theta/kernel', detail }]);
  }
  return { theta, spec: file.spec, run: null, generation: null };
}

/** The spec with the families and trials that were asked for; what is wrong with those is said of the body's fields. */
function specOf(merged: unknown, families: NewEvaluation['families'], trials: number | undefined): RunSpec {
  const evaluation = { ...(families && { families }), ...(trials !== undefined && { reportTrials: trials }) };
  const changed = mergePatch(merged, { evaluation, stages: null });
  try {
    return resolveSpec(changed);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const placed = (pointer: string): string =>
      families && pointer.startsWith('/evaluation/families') ? pointer.slice('/evaluation'.length) : `/spec${pointer}`;
    throw invalid(error.errors.map(({ pointer, detail }) => ({ pointer: placed(pointer), detail })));
  }
}
