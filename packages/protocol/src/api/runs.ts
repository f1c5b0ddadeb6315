// Runs as resources of the HTTP API.

import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { RunSpec } from '../spec.js';

const object = <P extends TProperties>(properties: P, description: string) =>
  Type.Object(properties, { additionalProperties: false, description });

export const ApiRunState = Type.Union(
  [
    Type.Literal('queued'),
    Type.Literal('starting'),
    Type.Literal('running'),
    Type.Literal('paused'),
    Type.Literal('cancelling'),
    Type.Literal('succeeded'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
    Type.Literal('interrupted'),
  ],
  { description: 'State of a run; interrupted: of a server that is about to stop' },
);
/** States that a run stays in until somebody does something. */
export const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled'];

const Name = Type.String({ minLength: 1, maxLength: 120, description: 'what people call it' });
const Notes = Type.String({ maxLength: 4000 });
const Tag = Type.String({ minLength: 1, maxLength: 40, pattern: '^[\\w.:/-]+$' });
const Tags = Type.Array(Tag, { maxItems: 20 });
export const RunId = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'id of a run' });
const Time = Type.String({ description: 'ISO 8601' });

/** `spec` is checked by resolveSpec(): every field of a RunSpec may be left out. */
export const NewRun = object(
  {
    spec: Type.Optional(Type.Unknown({ description: 'a RunSpec; what is left out has its default' })),
    name: Type.Optional(Name),
    tags: Type.Optional(Tags),
    notes: Type.Optional(Notes),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, description: '0 is served first; default 5' })),
  },
  'A run to be made',
);
export type NewRun = Static<typeof NewRun>;

export const RunPatch = object({ name: Type.Optional(Name), tags: Type.Optional(Tags), notes: Type.Optional(Notes) }, 'Changes of labels');
export type RunPatch = Static<typeof RunPatch>;

const summary = {
  id: RunId,
  name: Type.String(),
  state: ApiRunState,
  reason: Type.Union([Type.String(), Type.Null()], { description: 'why it is in this state' }),
  priority: Type.Integer(),
  tags: Type.Array(Type.String()),
  notes: Type.String(),
  attempt: Type.Integer({ description: 'starts so far' }),
  epoch: Type.Integer({ description: 'fencing number of the newest start' }),
  generation: Type.Integer({ description: 'generations committed' }),
  generations: Type.Integer({ description: 'generations that there will be' }),
  createdAt: Time,
  updatedAt: Time,
};
export const RunSummary = object(summary, 'A run in a list');
export type RunSummary = Static<typeof RunSummary>;

const Score = Type.Object(
  { generation: Type.Integer(), accuracy: Type.Number(), se: Type.Number() },
  { description: 'held-out evaluation' },
);
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const Run = object(
  {
    ...summary,
    spec: RunSpec,
    kernel: Type.String({ description: 'identity of the arithmetic' }),
    thetaSha256: nullable(Type.String({ description: 'of the newest checkpoint' })),
    heldOut: nullable(Score),
    rate: nullable(
      object(
        { trainingsPerSecond: Type.Number(), utilisation: Type.Number(), etaSeconds: Type.Number() },
        'of a run that is worked on at this moment',
      ),
    ),
  },
  'A run',
);
export type Run = Static<typeof Run>;

export const RunList = object(
  { runs: Type.Array(RunSummary), nextCursor: nullable(Type.String({ description: 'cursor of the next page' })) },
  'A page of runs, newest first',
);
export type RunList = Static<typeof RunList>;

export const DryRun = object(
  {
    spec: RunSpec,
    cost: object(
      {
        innerTrainings: Type.Number(),
        multiplyAdds: Type.Number(),
        coreHours: Type.Number({ description: 'at a billion multiply-adds a second and core: an order of magnitude' }),
      },
      'estimate',
    ),
  },
  'What a submission would make',
);
export type DryRun = Static<typeof DryRun>;

export const RunQuery = object(
  {
    state: Type.Optional(ApiRunState),
    tag: Type.Optional(Tag),
    cursor: Type.Optional(Type.String({ maxLength: 200, pattern: '^[\\w-]+$' })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  'Which runs',
);

export const MetricsQuery = object(
  {
    since: Type.Integer({ minimum: 0, maximum: 1e6, default: 0, description: 'first generation' }),
    points: Type.Integer({ minimum: 2, maximum: 10_000, default: 1000, description: 'no more than so many' }),
  },
  'Which part of the curves',
);

const MetricsPoint = Type.Object(
  { generation: Type.Integer(), meanLoss: Type.Number() },
  { additionalProperties: true, description: 'as GenerationMetrics' },
);
export const Metrics = object(
  {
    stride: Type.Integer({ description: 'every so manieth generation is here, and the last' }),
    points: Type.Array(MetricsPoint),
    heldOut: Type.Array(Score),
  },
  'Curves of a run',
);
export type Metrics = Static<typeof Metrics>;

export const Checkpoints = object(
  { checkpoints: Type.Array(object({ generation: Type.Integer(), thetaSha256: Type.String() }, 'a checkpoint')) },
  'Checkpoints of a run',
);
export type Checkpoints = Static<typeof Checkpoints>;

export const CheckpointFormat = Type.Union([Type.Literal('json'), Type.Literal('npz'), Type.Literal('safetensors')], { default: 'json' });

/** Data of server-sent events: `state` and `end` (the run has ended), `generation`, and `stopping` (the server goes down). */
export interface RunEvents {
  state: { state: string; detail: string | null; at: string };
  generation: { generation: number; meanLoss: number } & Record<string, number>;
  end: { state: string };
  stopping: Record<string, never>;
}
