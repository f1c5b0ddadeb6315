// The API's client: a method a resource, over fetch alone.

import type { Checkpoints, DryRun, Metrics, NewRun, Run, RunList, RunPatch, Version, Workers } from '@metaplast/protocol';
import { follow, type RunEvent } from './events.js';
import { problemOf } from './problem.js';

export interface ClientOptions {
  /** Where the server is, e.g. http://127.0.0.1:8420. */
  url: string;
  token?: string;
  /** By default the global one. */
  fetch?: typeof fetch;
}

export interface ListOptions {
  state?: string;
  tag?: string;
  cursor?: string;
  limit?: number;
}

interface Ask {
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** All methods reject with ProblemError for what the server refuses, and with fetch's TypeError when it cannot be reached. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Submitting with the same key again gives the same run: a submission whose reply was lost can be repeated. */
  submit(run: NewRun, idempotencyKey: string = crypto.randomUUID()): Promise<Run> {
    return this.#json('POST', '/v1/runs', { body: run, headers: { 'idempotency-key': idempotencyKey } });
  }

  dryRun(run: NewRun): Promise<DryRun> {
    return this.#json('POST', '/v1/runs', { body: run, query: { dryRun: true } });
  }

  list(query: ListOptions = {}): Promise<RunList> {
    return this.#json('GET', '/v1/runs', { query });
  }

  run(id: string): Promise<Run> {
    return this.#json('GET', path(id));
  }

  patch(id: string, labels: RunPatch): Promise<Run> {
    return this.#json('PATCH', path(id), { body: labels });
  }

  async delete(id: string): Promise<void> {
    await this.#ask('DELETE', path(id));
  }

  cancel(id: string): Promise<Run> {
    return this.#json('POST', `${path(id)}/cancel`);
  }

  pause(id: string): Promise<Run> {
    return this.#json('POST', `${path(id)}/pause`);
  }

  resume(id: string): Promise<Run> {
    return this.#json('POST', `${path(id)}/resume`);
  }

  metrics(id: string, query: { since?: number; points?: number } = {}): Promise<Metrics> {
    return this.#json('GET', `${path(id)}/metrics`, { query });
  }

  checkpoints(id: string): Promise<Checkpoints> {
    return this.#json('GET', `${path(id)}/checkpoints`);
  }

  /** θ as a file. */
  async download(id: string, format: 'json' | 'npz' | 'safetensors', generation: number | 'latest' = 'latest'): Promise<Uint8Array> {
    const reply = await this.#ask('GET', `${path(id)}/checkpoints/${generation}`, { query: { format } });
    return new Uint8Array(await reply.arrayBuffer());
  }

  /** From generation `since` (by default the next) until the run's end, through restarts of the server. */
  events(id: string, { since, signal }: { since?: number; signal?: AbortSignal } = {}): AsyncGenerator<RunEvent, void> {
    const open = (last: string | undefined): Promise<Response> =>
      this.#ask('GET', `${path(id)}/events`, { query: { since }, headers: last === undefined ? {} : { 'last-event-id': last }, signal });
    return follow(open, signal);
  }

  workers(): Promise<Workers> {
    return this.#json('GET', '/v1/workers');
  }

  version(): Promise<Version> {
    return this.#json('GET', '/v1/version');
  }

  async #json<T>(method: string, to: string, ask?: Ask): Promise<T> {
    return (await (await this.#ask(method, to, ask)).json()) as T;
  }

  async #ask(method: string, to: string, { query = {}, body, headers = {}, signal }: Ask = {}): Promise<Response> {
    const { url, token, fetch: ask = globalThis.fetch } = this.#options;
    const target = new URL(to, url);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(key, String(value));
    const reply = await ask(target, {
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

const path = (id: string): string => `/v1/runs/${encodeURIComponent(id)}`;
