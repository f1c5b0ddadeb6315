// Data of server-sent events, by the event's name. `stopping`: the server goes down, come back.

import Type, { type Static, type TObject } from 'typebox';
import { object, Time } from './common.js';
import { EvaluationSummary } from './evaluations.js';
import { MetricsPoint } from './metrics.js';
import { HeldOutScore, RunSummary } from './runs.js';
import { Workers } from './service.js';

const stopping = object({}, 'the server goes down: come back');
const gone = object({ id: Type.String() }, 'it was deleted');

/** GET /v1/runs/:id/events. `end`: the run has ended, nothing follows. */
export const RunEvents = Type.Object({
  state: object({ state: Type.String(), detail: Type.Union([Type.String(), Type.Null()]), at: Time }, 'what happened to the run'),
  generation: MetricsPoint,
  'held-out': HeldOutScore,
  end: object({ state: Type.String() }, 'the run has ended, and nothing follows'),
  stopping,
});
export type RunEvents = Static<typeof RunEvents>;

/**
 * GET /v1/events: what changed anywhere. An entry that changes often is sent now and then, with its newest state; `workers` comes
 * at the start too, and has no position of its own.
 */
export const ServiceEvents = Type.Object({
  run: RunSummary,
  'run-deleted': gone,
  evaluation: EvaluationSummary,
  'evaluation-deleted': gone,
  workers: Workers,
  stopping,
});
export type ServiceEvents = Static<typeof ServiceEvents>;

/** The reply: a text, whose content is a list of events. */
export const eventStream = ({ properties }: TObject) => {
  const events = Object.entries(properties).map(([name, data]) =>
    Type.Object({ event: Type.Literal(name), id: Type.Optional(Type.String({ description: 'the position after it' })), data }),
  );
  return Type.String({
    description: 'server-sent events',
    contentMediaType: 'text/event-stream',
    contentSchema: Type.Array(Type.Union(events)),
  });
};
