// Runs as resources of the HTTP API.

import Type, { type Static } from 'typebox';
import { RunSpec } from '../spec.js';
import { Cursor, Generation, Limit, Name, Notes, nullable, object, oneOf, Sha256, Tag, Tags, Time } from './common.js';

/**
 * queued: waits for its turn. starting: a scheduler has chosen it. running: a process works on it, or died doing so. interrupted: its
 * server was stopped; can go on. paused, cancelled: as a user wished; can go on. cancelling: about to be cancelled. succeeded: all
 * generations are committed. failed: see `reason`; starting it again goes on from the last commit.
 */
export const RUN_STATES = [
  'queued',
  'starting',
  'running',
  'paused',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
] as const;
export const ApiRunState = oneOf(RUN_STATES, 'State of a run; interrupted: of a server that is about to stop');
export type RunState = (typeof RUN_STATES)[number];
/** States in which nothing happens to a run or an evaluation by itself any more. */
export const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled'];
/** States in which nobody works on a run or an evaluation, so that it may be deleted. */
export const DELETABLE: readonly string[] = ['queued', 'paused', ...ENDED];

export const RunId = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'id of a run' });
export const Priority = Type.Integer({ minimum: 0, maximum: 9, description: '0 is served first; default 5' });

/** `spec` is checked by resolveSpec(): every field of a RunSpec may be left out. */
export const NewRun = object(
  {
    spec: Type.Optional(Type.Unknown({ description: 'a RunSpec; what is left out has its default' })),
    name: Type.Optional(Name),
    tags: Type.Optional(Tags),
    notes: Type.Optional(Notes),
    priority: Type.Optional(Priority),
  },
  'A run to be made',
);
export type NewRun = Static<typeof NewRun>;

/** `spec` is merged into the run's own (RFC 7396) and then checked by resolveSpec(). */
export const NewFork = object(
  {
    generation: Type.Optional(
      Type.Union([Generation, Type.Literal('latest')], { description: 'the checkpoint to start from; default latest' }),
    ),
    restart: Type.Optional(
      Type.Boolean({
        description: 'true: only θ is taken over, and generations count from 0 with a new optimiser; default false: the run goes on',
      }),
    ),
    spec: Type.Optional(Type.Unknown({ description: 'changes of the run’s spec, as a JSON merge patch' })),
    name: Type.Optional(Name),
    tags: Type.Optional(Tags),
    notes: Type.Optional(Notes),
    priority: Type.Optional(Priority),
  },
  'A run to be made from the checkpoint of another',
);
export type NewFork = Static<typeof NewFork>;

export const RunPatch = object({ name: Type.Optional(Name), tags: Type.Optional(Tags), notes: Type.Optional(Notes) }, 'Changes of labels');
export type RunPatch = Static<typeof RunPatch>;

/** Held-out evaluation of θ during meta-training: always the same tasks. */
export const HeldOutScore = Type.Object(
  { generation: Type.Integer(), accuracy: Type.Number(), se: Type.Number() },
  { description: 'held-out evaluation' },
);
export type HeldOutScore = Static<typeof HeldOutScore>;

const HeldOutBaseline = object(
  { kind: Type.String(), accuracy: Type.Number(), se: Type.Number() },
  'the best tuned baseline on the held-out tasks of the run',
);

const Rate = object(
  { trainingsPerSecond: Type.Number(), utilisation: Type.Number(), etaSeconds: Type.Number() },
  'of a run that is worked on at this moment',
);

const ForkedFrom = object(
  { run: RunId, generation: Type.Integer(), thetaSha256: Sha256 },
  'the checkpoint that the run started from; its run may be gone',
);

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
  engine: Type.String({ description: 'what computes the inner trainings' }),
  bitIdentical: Type.Boolean({
    description: 'whether spec and kernel fix every bit of θ; not so with an engine whose bits depend on the machine',
  }),
  engines: Type.Array(Type.String(), { description: 'what has computed its generations: native, wasm, or tfjs/ and a backend' }),
  heldOut: nullable(HeldOutScore),
  baseline: nullable(HeldOutBaseline),
  rate: nullable(Rate),
  forkedFrom: nullable(ForkedFrom),
  createdAt: Time,
  updatedAt: Time,
};
export const RunSummary = object(summary, 'A run in a list');
export type RunSummary = Static<typeof RunSummary>;

export const Run = object(
  {
    ...summary,
    spec: RunSpec,
    kernel: Type.String({ description: 'identity of the arithmetic' }),
    thetaSha256: nullable(Sha256),
  },
  'A run',
);
export type Run = Static<typeof Run>;

export const RunList = object(
  {
    runs: Type.Array(RunSummary),
    nextCursor: nullable(Cursor),
    position: Type.Integer({ description: 'changes so far: where /v1/events goes on from this list' }),
  },
  'A page of runs, newest first',
);
export type RunList = Static<typeof RunList>;

export const DryRun = object(
  {
    spec: RunSpec,
    cost: object(
      {
        innerTrainings: Type.Number({ description: 'of the meta-training' }),
        multiplyAdds: Type.Number({ description: 'of the meta-training, its held-out evaluations and the baselines beside them' }),
        coreHours: Type.Number({
          description: 'at ten billion multiply-adds a second and core, as the WebAssembly kernel does them: a rough guide',
        }),
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
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'part of the name, in any case' })),
    cursor: Type.Optional(Cursor),
    limit: Limit,
  },
  'Which runs',
);

export const Checkpoints = object(
  { checkpoints: Type.Array(object({ generation: Type.Integer(), thetaSha256: Type.String() }, 'a checkpoint')) },
  'Checkpoints of a run',
);
export type Checkpoints = Static<typeof Checkpoints>;

export const CheckpointFormat = Type.Union([Type.Literal('json'), Type.Literal('npz'), Type.Literal('safetensors')], { default: 'json' });
