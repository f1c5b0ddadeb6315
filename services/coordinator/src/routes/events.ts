// GET /v1/runs/:id/events: server-sent events, straight from the store.
//
// An event's id says how far the stream has come: the last state change and the next generation. A client that comes back with it
// misses and repeats nothing, whatever was restarted in between. A run that has ended has an `end` event; a stream without it was cut.

import type { ServerResponse } from 'node:http';
import { ENDED, Problem, type RunEvents, type RunSpec } from '@metaplast/protocol';
import { EVALUATION, type HeldOut } from '@metaplast/training';
import Type from 'typebox';
import { invalid } from '../plugins/problems.js';
import { presentHeldOut, presentPoint } from '../present.js';
import type { App, Context } from '../types.js';
import { RunParams } from './runs.js';

/** A comment is sent so often, so that nobody on the way thinks the connection dead, ms. */
const HEARTBEAT_MS = 15_000;
/** Generations read at once. */
const BATCH = 500;

const Query = Type.Object(
  { since: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e6, description: 'first generation; default: the next' })) },
  { additionalProperties: false },
);
const Headers = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 40 })) });

interface Cursor {
  event: number;
  generation: number;
}

export function addEvents(app: App, context: Context): void {
  const streams = new Set<EventStream>();
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.leave();
  });
  app.get(
    '/v1/runs/:id/events',
    {
      schema: {
        summary: 'Follow a run',
        params: RunParams,
        querystring: Query,
        headers: Headers,
        response: { 200: Type.String(), default: Problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { spec } = context.store.run(id);
      const cursor = startOf(context, id, request.headers['last-event-id'], request.query.since);
      // What the hooks have set, such as security headers, goes along.
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
      reply.hijack();
      const stream = new EventStream(context, id, spec, cursor, reply.raw);
      streams.add(stream);
      reply.raw.on('close', () => streams.delete(stream));
    },
  );
}

function startOf({ store }: Context, id: string, lastEventId: string | undefined, since: number | undefined): Cursor {
  if (lastEventId === undefined) return { event: 0, generation: since ?? store.checkpoint(id)?.generation ?? 0 };
  const [, event, generation] = /^(\d{1,15})-(\d{1,7})$/.exec(lastEventId) ?? [];
  if (event === undefined) throw invalid([{ pointer: '/last-event-id', detail: 'is not one that this server gave' }]);
  return { event: Number(event), generation: Number(generation) };
}

class EventStream {
  readonly #context: Context;
  readonly #run: string;
  readonly #spec: RunSpec;
  readonly #cursor: Cursor;
  readonly #out: ServerResponse;
  readonly #stopListening: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #blocked = false;

  constructor(context: Context, run: string, spec: RunSpec, cursor: Cursor, out: ServerResponse) {
    this.#context = context;
    this.#run = run;
    this.#spec = spec;
    this.#cursor = cursor;
    this.#out = out;
    out.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    out.write('retry: 1000\n\n');
    this.#heartbeat = setInterval(() => out.write(': \n\n'), HEARTBEAT_MS);
    this.#stopListening = context.changes.listen(run, () => this.#advance());
    out.on('drain', () => {
      this.#blocked = false;
      this.#advance();
    });
    out.on('close', () => this.#close());
    this.#advance();
  }

  /** The server goes down; the client is to come back. */
  leave(): void {
    this.#send('stopping', {});
    this.#end();
  }

  /** Sends all that is new, as fast as the client takes it. */
  #advance(): void {
    try {
      while (!this.#blocked && !this.#out.writableEnded && this.#step());
    } catch {
      // The run was deleted, or the store is gone: a stream that is cut says so.
      this.#end();
    }
  }

  /** Sends the next events; false when there are none. Generations go first: the run's end is the last. */
  #step(): boolean {
    const { store } = this.#context;
    const generations = store.metrics(this.#run, this.#cursor.generation, BATCH);
    for (const row of generations) {
      this.#cursor.generation = row.generation + 1;
      this.#send('generation', presentPoint(this.#spec, row));
    }
    if (generations.length > 0) return true;
    const [event] = store.events(this.#run, this.#cursor.event);
    if (event) {
      this.#cursor.event = event.id;
      if (event.type === 'held-out') this.#sendHeldOut(Number(event.detail));
      else this.#send('state', { state: event.type, detail: event.detail, at: new Date(event.at).toISOString() });
      return true;
    }
    const { state } = store.run(this.#run);
    if (!ENDED.includes(state)) return false;
    this.#send('end', { state });
    this.#end();
    return false;
  }

  #sendHeldOut(generation: number): void {
    const heldOut = this.#context.store.evaluation<HeldOut>(this.#run, { kind: EVALUATION.heldOut, generation, family: 0 });
    if (heldOut) this.#send('held-out', presentHeldOut(heldOut));
  }

  #send<K extends keyof RunEvents>(event: K, data: RunEvents[K]): void {
    const { event: seen, generation } = this.#cursor;
    const free = this.#out.write(`event: ${event}\nid: ${seen}-${generation}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!free) this.#blocked = true;
  }

  #end(): void {
    this.#close();
    this.#out.end();
  }

  #close(): void {
    clearInterval(this.#heartbeat);
    this.#stopListening();
  }
}
