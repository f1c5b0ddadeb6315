// The service itself as resources of the HTTP API.

import Type, { type Static } from 'typebox';

export const Version = Type.Object(
  { version: Type.String(), kernel: Type.String({ description: 'identity of the arithmetic' }), specVersion: Type.Integer() },
  { additionalProperties: false, description: 'Version of the server' },
);
export type Version = Static<typeof Version>;

/** Which part of which work a chunk is. */
export const ChunkPlace = Type.Object(
  {
    run: Type.String({ description: 'of a run, or of an evaluation' }),
    kind: Type.Union([Type.Literal('generation'), Type.Literal('trials')]),
    generation: Type.Integer(),
    chunk: Type.Integer({ description: 'its number in the work' }),
    first: Type.Integer({ description: 'of its pairs or trials' }),
    count: Type.Integer({ description: 'of its pairs or trials' }),
  },
  { additionalProperties: false, description: 'Where a chunk is from' },
);
export type ChunkPlace = Static<typeof ChunkPlace>;

const Worker = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    threads: Type.Integer(),
    engines: Type.Array(Type.String(), { description: 'what specs may ask of it' }),
    state: Type.String(),
    version: Type.String(),
    refused: Type.Optional(Type.String({ description: 'why it gets no chunks' })),
    trainingsPerSecond: Type.Optional(Type.Number()),
    chunks: Type.Optional(Type.Array(ChunkPlace, { description: 'that it computes' })),
    ageMs: Type.Optional(Type.Number({ description: 'since its last heartbeat' })),
    startedAt: Type.Optional(Type.String()),
  },
  { additionalProperties: false, description: 'A worker, or this process' },
);
export const Workers = Type.Object(
  {
    dispatch: Type.Union([Type.Literal('in-process'), Type.Literal('redis')]),
    slots: Type.Integer(),
    demand: Type.Optional(Type.Integer({ description: 'chunks that wait or are computed, over Redis: what to scale workers by' })),
    workers: Type.Array(Worker),
  },
  { additionalProperties: false, description: 'Who computes' },
);
export type Workers = Static<typeof Workers>;

export const Health = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false, description: 'All is well' });
