// GET /v1/events: what changes anywhere, for a table that is always right.
//
// An event's id is the store's clock. What changes often is sent at most so often, with its newest state: who follows has the same
// picture as who lists, and who comes back with Last-Event-ID, even after a restart, gets what changed since and nothing twice.

import { eventStream, Problem, ServiceEvents, type Workers } from '@metaplast/protocol';
import Type from 'typebox';
import { type Batch, type EventStream, eventText, Shared } from '../event-stream.js';
import { invalid } from '../plugins/problems.js';
import { presentEvaluationSummary, presentSummary } from '../present.js';
import type { App, Context } from '../types.js';

/** Changes read at once. */
const BATCH = 200;
/** Changes are collected for so long, ms. */
const COLLECT_MS = 250;
/** Workers are looked at so often, ms. */
const WORKERS_MS = 2000;

const Query = Type.Object(
  {
    since: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'position of a list of runs; default: from now on' }),
    ),
  },
  { additionalProperties: false },
);
const Headers = Type.Object({
  'last-event-id': Type.Optional(Type.String({ maxLength: 40, description: 'goes on after this event; `since` does not count then' })),
});

export function addServiceEvents(app: App, context: Context): void {
  const { changes, streams, store } = context;
  const shared = new Shared<number>(changes);
  const watch = new WorkerWatch(context);
  app.addHook('onClose', async () => watch.stop());
  app.get(
    '/v1/events',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Follow everything',
        description: 'Events: run, run-deleted, evaluation, evaluation-deleted, workers, stopping (the server goes down).',
        operationId: 'followAll',
        tags: ['service'],
        querystring: Query,
        headers: Headers,
        produces: ['text/event-stream'],
        response: { 200: eventStream(ServiceEvents), default: Problem },
      },
    },
    async (request, reply) => {
      const last = request.headers['last-event-id'];
      if (last !== undefined && !/^\d{1,15}$/.test(last)) {
        throw invalid([{ pointer: '/last-event-id', detail: 'is not one that this server gave' }]);
      }
      const cursor = last === undefined ? (request.query.since ?? store.clock.now()) : Number(last);
      const read = (at: number): Batch<number> | undefined => shared.read(String(at), () => next(context, at));
      const listen = (listener: () => void): (() => void) => collected(listener, (one) => changes.listenToAll(one));
      const stream: EventStream<number> = streams.open(reply, { read, listen }, cursor, () => watch.remove(stream));
      watch.add(stream);
    },
  );
}

/** Calls the listener some time after the first of several changes. */
function collected(listener: () => void, listen: (listener: () => void) => () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = listen(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      listener();
    }, COLLECT_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

type Change = { [K in keyof ServiceEvents]: { changed: number; event: K; data: () => ServiceEvents[K] } }[keyof ServiceEvents];

function next(context: Context, after: number): Batch<number> | undefined {
  const { catalogue, jobs, clock } = context.store;
  const found: Change[] = [
    ...catalogue
      .changedSince(after, BATCH)
      .map((row) => ({ changed: row.changed, event: 'run' as const, data: () => presentSummary(context, row) })),
    ...jobs
      .changedSince(after, BATCH)
      .map((job) => ({ changed: job.changed, event: 'evaluation' as const, data: () => presentEvaluationSummary(job) })),
    ...clock.deletions(after, BATCH).map(({ changed, kind, id }) => ({ changed, event: `${kind}-deleted` as const, data: () => ({ id }) })),
  ];
  if (found.length === 0) return undefined;
  const batch = found.sort((a, b) => a.changed - b.changed).slice(0, BATCH);
  return {
    text: batch.map(({ changed, event, data }) => eventText(event, String(changed), data())).join(''),
    cursor: batch.at(-1)!.changed,
  };
}

/** Tells streams who computes: at their start, and when that has changed. Nobody is asked while nobody listens. */
class WorkerWatch {
  readonly #context: Context;
  readonly #streams = new Set<EventStream<number>>();
  #timer: NodeJS.Timeout | undefined;
  #newest: { said: string; workers: Workers } | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  add(stream: EventStream<number>): void {
    this.#streams.add(stream);
    if (this.#newest) stream.send('workers', this.#newest.workers);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#look(), WORKERS_MS);
    void this.#look();
  }

  remove(stream: EventStream<number>): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#newest = undefined;
  }

  async #look(): Promise<void> {
    if (this.#context.trouble() !== undefined) return;
    const workers = await this.#context.workers().catch(() => undefined);
    if (workers === undefined || this.#timer === undefined) return;
    // A heartbeat's age is no news.
    const said = JSON.stringify(workers, (key, value) => (key === 'ageMs' ? undefined : value));
    if (said === this.#newest?.said) return;
    this.#newest = { said, workers };
    for (const stream of this.#streams) stream.send('workers', workers);
  }
}
