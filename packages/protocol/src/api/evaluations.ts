// Evaluations as resources of the HTTP API: θ on fresh tasks of some families, beside tuned baselines on the very same tasks.

import Type, { type Static } from 'typebox';
import { RunSpec, TaskSpec } from '../spec.js';
import { BASELINE_KINDS } from '../work.js';
import { Cursor, Generation, Limit, Name, nullable, object, oneOf, Sha256, Time } from './common.js';
import { BaselineScore } from './metrics.js';
import { Priority, RunId } from './runs.js';

export const EvaluationId = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'id of an evaluation' });

/** queued → running → succeeded | failed | cancelled; running ones go back to queued when the server starts again. */
export const EVALUATION_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type EvaluationState = (typeof EVALUATION_STATES)[number];
const State = oneOf(EVALUATION_STATES, 'State of an evaluation');

const Baseline = oneOf(BASELINE_KINDS, 'a learner without θ');

/** each: on validation tasks of the family that is reported. first: on those of the first family alone, as the rule was. */
export const TUNED_ON = ['each', 'first'] as const;
export type TunedOn = (typeof TUNED_ON)[number];
const Tuned = oneOf(
  TUNED_ON,
  'families on whose validation tasks the baselines’ hyperparameters are chosen: each its own, or the first alone for all',
);

const request = {
  name: Type.Optional(Name),
  spec: Type.Optional(
    Type.Unknown({ description: 'changes of the spec that θ was trained with, as a JSON merge patch, e.g. other widths or inner steps' }),
  ),
  families: Type.Optional(
    Type.Array(TaskSpec, { minItems: 1, maxItems: 16, description: 'task families; default: evaluation.families of the spec' }),
  ),
  trials: Type.Optional(
    Type.Integer({ minimum: 8, maximum: 100_000, description: 'fresh tasks a family; default: evaluation.reportTrials of the spec' }),
  ),
  baselines: Type.Optional(
    Type.Array(Baseline, {
      maxItems: BASELINE_KINDS.length,
      uniqueItems: true,
      description: 'kinds of learners to hold θ against; default: sgd and adam',
    }),
  ),
  tunedOn: Type.Optional(Tuned),
  priority: Type.Optional(Priority),
};
const CheckpointChoice = Type.Optional(
  Type.Union([Generation, Type.Literal('latest')], { description: 'checkpoint of the run; default latest' }),
);

/** Of a run that the path names. */
export const NewRunEvaluation = object({ generation: CheckpointChoice, ...request }, 'An evaluation of a run’s checkpoint');
export type NewRunEvaluation = Static<typeof NewRunEvaluation>;

/** θ by itself: a θ file of format json as it was downloaded, or numbers alone, which need a `spec`. */
const GivenTheta = Type.Union(
  [
    Type.Array(Type.Number(), { minItems: 1, maxItems: 20_000 }),
    Type.Object(
      {
        theta: Type.Array(Type.Number(), { minItems: 1, maxItems: 20_000 }),
        spec: Type.Unknown(),
        sha256: Type.String(),
        kernel: Type.Optional(Type.String()),
      },
      { additionalProperties: true },
    ),
  ],
  { description: 'θ itself: a checkpoint as it was downloaded as json, or its numbers alone' },
);
/** Either `run` or `theta`. */
export const NewEvaluation = object(
  { run: Type.Optional(RunId), theta: Type.Optional(GivenTheta), generation: CheckpointChoice, ...request },
  'An evaluation of a run’s checkpoint, or of a θ that is given',
);
export type NewEvaluation = Static<typeof NewEvaluation>;

const Score = object(
  { accuracy: Type.Number(), se: Type.Number(), crossEntropy: Type.Number(), trainCrossEntropy: Type.Number() },
  'means over the trials; se is the accuracy’s standard error',
);

const FamilyResult = object(
  {
    task: TaskSpec,
    trials: Type.Integer(),
    rule: Score,
    baselines: Type.Array(
      Type.Object(
        {
          ...BaselineScore.properties,
          paired: object({ difference: Type.Number(), se: Type.Number() }, 'accuracy of the rule minus that of the baseline, task by task'),
        },
        { additionalProperties: false },
      ),
    ),
  },
  'A family’s row',
);
export type FamilyResult = Static<typeof FamilyResult>;

const summary = {
  id: EvaluationId,
  name: Type.String(),
  state: State,
  reason: nullable(Type.String()),
  priority: Type.Integer(),
  run: nullable(RunId),
  generation: nullable(Type.Integer({ description: 'updates made to θ; null if not known' })),
  thetaSha256: Sha256,
  trials: Type.Integer({ description: 'a family' }),
  baselines: Type.Array(Baseline),
  tunedOn: Tuned,
  families: Type.Array(TaskSpec),
  done: Type.Integer({ description: 'families that are finished' }),
  attempt: Type.Integer({ description: 'starts so far' }),
  createdAt: Time,
  updatedAt: Time,
};
export const EvaluationSummary = object(summary, 'An evaluation in a list');
export type EvaluationSummary = Static<typeof EvaluationSummary>;

export const Evaluation = object(
  {
    ...summary,
    spec: RunSpec,
    kernel: Type.String({ description: 'identity of the arithmetic' }),
    results: Type.Array(nullable(FamilyResult), { description: 'a family, null as long as it is not finished' }),
  },
  'An evaluation',
);
export type Evaluation = Static<typeof Evaluation>;

export const EvaluationList = object(
  { evaluations: Type.Array(EvaluationSummary), nextCursor: nullable(Cursor) },
  'A page of evaluations, newest first',
);
export type EvaluationList = Static<typeof EvaluationList>;

export const RunEvaluationQuery = object({ state: Type.Optional(State), cursor: Type.Optional(Cursor), limit: Limit }, 'Which evaluations');
export const EvaluationQuery = object({ run: Type.Optional(RunId), ...RunEvaluationQuery.properties }, 'Which evaluations');
export type EvaluationQuery = Static<typeof EvaluationQuery>;
