// The API's client: a method a resource, over fetch alone.

import type {
  Checkpoints,
  Comparison,
  DryRun,
  Evaluation,
  EvaluationList,
  FigureFormat,
  FigureName,
  Metrics,
  NewEvaluation,
  NewFork,
  NewRun,
  NewRunEvaluation,
  Preset,
  Presets,
  Run,
  RunEvents,
  RunList,
  RunPatch,
  ServiceEvents,
  Version,
  Workers,
} from '@metaplast/protocol';
import { type FollowOptions, follow, type StreamEvent } from './events.js';
import { newKey } from './key.js';
import { ProblemError, problemOf } from './problem.js';

export type RunEvent = StreamEvent<RunEvents>;
export type ServiceEvent = StreamEvent<ServiceEvents>;
export type CheckpointFormat = 'json' | 'npz' | 'safetensors';

export interface ClientOptions {
  /** Where the server is, e.g. http://127.0.0.1:8420; a path before the API's own is kept. */
  url: string;
  token?: string;
  /** A request that is not answered within this time is given up, ms; event streams have no such limit. Default 60,000. */
  timeoutMs?: number;
  /** By default the global one. */
  fetch?: typeof fetch;
}

export interface ListOptions {
  state?: string;
  tag?: string;
  /** Part of the name. */
  name?: string;
  cursor?: string;
  limit?: number;
}

interface Ask {
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 60_000;

/** All methods reject with ProblemError for what the server refuses, and with fetch's TypeError when it cannot be reached. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Submitting with the same key again gives the same run: a submission whose reply was lost can be repeated. */
  submit(run: NewRun, idempotencyKey: string = newKey()): Promise<Run> {
    return this.#json('POST', 'v1/runs', { body: run, headers: { 'idempotency-key': idempotencyKey } });
  }

  /** What submitting would make, and what it would cost; makes nothing. */
  dryRun(run: NewRun): Promise<DryRun> {
    return this.#json('POST', 'v1/runs', { body: run, query: { dryRun: true } });
  }

  list(query: ListOptions = {}): Promise<RunList> {
    return this.#json('GET', 'v1/runs', { query });
  }

  run(id: string): Promise<Run> {
    return this.#json('GET', runPath(id));
  }

  patch(id: string, labels: RunPatch): Promise<Run> {
    return this.#json('PATCH', runPath(id), { body: labels });
  }

  async delete(id: string): Promise<void> {
    await this.#ask('DELETE', runPath(id));
  }

  cancel(id: string): Promise<Run> {
    return this.#json('POST', `${runPath(id)}/cancel`);
  }

  pause(id: string): Promise<Run> {
    return this.#json('POST', `${runPath(id)}/pause`);
  }

  resume(id: string): Promise<Run> {
    return this.#json('POST', `${runPath(id)}/resume`);
  }

  /** A new run from a checkpoint of this one, with a changed spec. Keys as for submit(). */
  fork(id: string, fork: NewFork = {}, idempotencyKey: string = newKey()): Promise<Run> {
    return this.#json('POST', `${runPath(id)}/fork`, { body: fork, headers: { 'idempotency-key': idempotencyKey } });
  }

  /** Curves, thinned out by the server to about `points`. */
  metrics(id: string, query: { since?: number; points?: number } = {}): Promise<Metrics> {
    return this.#json('GET', `${runPath(id)}/metrics`, { query });
  }

  checkpoints(id: string): Promise<Checkpoints> {
    return this.#json('GET', `${runPath(id)}/checkpoints`);
  }

  /** θ as a file. */
  download(id: string, format: CheckpointFormat, generation: number | 'latest' = 'latest'): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes(`${runPath(id)}/checkpoints/${generation}`, { format });
  }

  /** A figure as a file; json is a Vega-Lite specification, of curves alone. */
  figure(
    id: string,
    name: FigureName,
    format: FigureFormat,
    query: { generation?: number | 'latest' } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes(`${runPath(id)}/figures/${name}.${format}`, query);
  }

  /** From generation `since` (by default the next) until the run's end, through restarts of the server. */
  events(id: string, { since, ...options }: { since?: number } & FollowOptions = {}): AsyncGenerator<RunEvent, void> {
    return this.#events<RunEvents>(`${runPath(id)}/events`, async () => ({ since }), options);
  }

  /** What changes anywhere, from `since` (a list's `position`; by default now), through restarts of the server; never ends by itself. */
  changes({ since, ...options }: { since?: number } & FollowOptions = {}): AsyncGenerator<ServiceEvent, void> {
    // A connection may be lost before it has told a position: "now" must not become a later one.
    const from = async (): Promise<object> => {
      since ??= (await this.list({ limit: 1 })).position;
      return { since };
    };
    return this.#events<ServiceEvents>('v1/events', from, options);
  }

  /** Of a run's checkpoint. Keys as for submit(). */
  evaluateRun(id: string, evaluation: NewRunEvaluation = {}, idempotencyKey: string = newKey()): Promise<Evaluation> {
    return this.#json('POST', `${runPath(id)}/evaluations`, { body: evaluation, headers: { 'idempotency-key': idempotencyKey } });
  }

  /** Of a run's checkpoint or of a θ that is given. Keys as for submit(). */
  evaluate(evaluation: NewEvaluation, idempotencyKey: string = newKey()): Promise<Evaluation> {
    return this.#json('POST', 'v1/evaluations', { body: evaluation, headers: { 'idempotency-key': idempotencyKey } });
  }

  evaluations(query: { run?: string; state?: string; cursor?: string; limit?: number } = {}): Promise<EvaluationList> {
    return this.#json('GET', 'v1/evaluations', { query });
  }

  evaluation(id: string): Promise<Evaluation> {
    return this.#json('GET', evaluationPath(id));
  }

  cancelEvaluation(id: string): Promise<Evaluation> {
    return this.#json('POST', `${evaluationPath(id)}/cancel`);
  }

  async deleteEvaluation(id: string): Promise<void> {
    await this.#ask('DELETE', evaluationPath(id));
  }

  /** Curves of several runs, and where their specs differ. */
  compare(ids: readonly string[], query: { points?: number } = {}): Promise<Comparison> {
    return this.#json('GET', 'v1/compare', { query: { ids: ids.join(','), ...query } });
  }

  presets(): Promise<Presets> {
    return this.#json('GET', 'v1/presets');
  }

  preset(name: string): Promise<Preset> {
    return this.#json('GET', `v1/presets/${encodeURIComponent(name)}`);
  }

  workers(): Promise<Workers> {
    return this.#json('GET', 'v1/workers');
  }

  version(): Promise<Version> {
    return this.#json('GET', 'v1/version');
  }

  #events<M>(to: string, from: () => Promise<object>, options: FollowOptions): AsyncGenerator<StreamEvent<M>, void> {
    const open = async (last: string | undefined, signal: AbortSignal): Promise<Response> =>
      this.#send('GET', to, { query: await from(), headers: last === undefined ? {} : { 'last-event-id': last }, signal });
    return follow<M>(open, options);
  }

  async #bytes(to: string, query: object): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.#ask('GET', to, { query })).arrayBuffer());
  }

  async #json<T>(method: string, to: string, ask?: Ask): Promise<T> {
    const reply = await this.#ask(method, to, ask);
    if (!reply.headers.get('content-type')?.startsWith('application/json')) throw new ProblemError(reply.status, {});
    return (await reply.json()) as T;
  }

  #ask(method: string, to: string, ask: Ask = {}): Promise<Response> {
    return this.#send(method, to, { ...ask, signal: AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS) });
  }

  async #send(method: string, to: string, { query = {}, body, headers = {}, signal }: Ask): Promise<Response> {
    const { url, token, fetch: send = globalThis.fetch } = this.#options;
    const target = new URL(to, url.endsWith('/') ? url : `${url}/`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(key, String(value));
    const reply = await send(target, {
      method,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (!reply.ok) throw await problemOf(reply);
    return reply;
  }
}

const runPath = (id: string): string => `v1/runs/${encodeURIComponent(id)}`;
const evaluationPath = (id: string): string => `v1/evaluations/${encodeURIComponent(id)}`;
