// GET /v1/runs/:id/events: server-sent events, straight from the store.
//
// An event's id says how far the stream has come: the last state change and the next generation. A client that comes back with it
// misses and repeats nothing, whatever was restarted in between. A run that has ended has an `end` event; a stream without it was cut.

import { ENDED, eventStream, Problem, RunEvents, type RunSpec } from '@metaplast/protocol';
import { EVALUATION, type HeldOut } from '@metaplast/training';
import Type from 'typebox';
import { type Batch, eventText, Shared } from '../event-stream.js';
import { invalid } from '../plugins/problems.js';
import { presentHeldOut, presentPoint } from '../present.js';
import type { App, Context } from '../types.js';
import { RunParams } from './parts.js';

/** Generations, or other events, read at once. */
const BATCH = 500;

const Query = Type.Object(
  { since: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e6, description: 'first generation; default: the next' })) },
  { additionalProperties: false },
);
const Headers = Type.Object({
  'last-event-id': Type.Optional(Type.String({ maxLength: 40, description: 'goes on after this event; `since` does not count then' })),
});

interface Cursor {
  event: number;
  generation: number;
}

export function addEvents(app: App, context: Context): void {
  const { store, changes, streams } = context;
  const shared = new Shared<Cursor>(changes);
  app.get(
    '/v1/runs/:id/events',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Follow a run',
        description: 'Events: state, generation, held-out, end (the run has ended), stopping (the server goes down).',
        operationId: 'followRun',
        tags: ['runs'],
        params: RunParams,
        querystring: Query,
        headers: Headers,
        produces: ['text/event-stream'],
        response: { 200: eventStream(RunEvents), default: Problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { spec } = store.run(id);
      const cursor = startOf(context, id, request.headers['last-event-id'], request.query.since);
      const read = (at: Cursor): Batch<Cursor> | undefined => shared.read(`${id} ${idOf(at)}`, () => next(context, id, spec, at));
      streams.open(reply, { read, listen: (listener) => changes.listen(id, listener) }, cursor);
    },
  );
}

function startOf({ store }: Context, id: string, lastEventId: string | undefined, since: number | undefined): Cursor {
  if (lastEventId === undefined) return { event: 0, generation: since ?? store.checkpoint(id)?.generation ?? 0 };
  const [, event, generation] = /^(\d{1,15})-(\d{1,7})$/.exec(lastEventId) ?? [];
  if (event === undefined) throw invalid([{ pointer: '/last-event-id', detail: 'is not one that this server gave' }]);
  return { event: Number(event), generation: Number(generation) };
}

const idOf = ({ event, generation }: Cursor): string => `${event}-${generation}`;

const text = <K extends keyof RunEvents>(event: K, at: Cursor, data: RunEvents[K]): string => eventText(event, idOf(at), data);

/** The next events. Generations go first: the run's end is the last. Throws StoreError 'not-found'. */
function next({ store }: Context, run: string, spec: RunSpec, from: Cursor): Batch<Cursor> | undefined {
  const cursor = { ...from };
  const generations = store.series.metrics(run, cursor.generation, BATCH);
  if (generations.length > 0) {
    const texts = generations.map((row) => {
      cursor.generation = row.generation + 1;
      return text('generation', cursor, presentPoint(spec, row));
    });
    return { text: texts.join(''), cursor };
  }
  const events = store.events(run, cursor.event, BATCH);
  if (events.length > 0) {
    const texts = events.map(({ id, type, detail, at }) => {
      cursor.event = id;
      if (type !== 'held-out') return text('state', cursor, { state: type, detail, at: new Date(at).toISOString() });
      const key = { kind: EVALUATION.heldOut, generation: Number(detail), family: 0 };
      return text('held-out', cursor, presentHeldOut(store.evaluation<HeldOut>(run, key)!));
    });
    return { text: texts.join(''), cursor };
  }
  const { state } = store.catalogue.run(run);
  return ENDED.includes(state) ? { text: text('end', cursor, { state }), cursor, last: true } : undefined;
}
