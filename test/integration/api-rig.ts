// A coordinator in this process, asked by injection; each reply is held against the OpenAPI document.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Coordinator, type CoordinatorConfig, coordinatorConfig, startCoordinator } from '@metaplast/coordinator';
import type { Evaluation, Run } from '@metaplast/protocol';
import { type Logger, pino } from 'pino';
import { expect, vi } from 'vitest';
import { Contract } from './contract.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS';

export interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
}

/** A run of a second or so, with two families to be evaluated on. */
export const SPEC = {
  seed: 3,
  inner: { steps: 5, test: 16 },
  outer: { generations: 12, pairs: 8, learningRate: { warmup: 2 } },
  evaluation: {
    every: 4,
    trials: 12,
    reportTrials: 24,
    validationTrials: 8,
    families: [{ family: 'two-moons' }, { family: 'two-gaussians:generic' }],
  },
};

/** What the server takes for an overload, at least, ns. */
const STANDSTILL_NS = 1e9;

export class ApiRig {
  readonly folder: string;
  readonly contract: Contract;
  server: Coordinator;
  readonly #delay = monitorEventLoopDelay();
  readonly #settings: Partial<CoordinatorConfig>;
  readonly #logger: Logger;

  private constructor(folder: string, server: Coordinator, contract: Contract, settings: Partial<CoordinatorConfig>, logger: Logger) {
    this.folder = folder;
    this.server = server;
    this.contract = contract;
    this.#settings = settings;
    this.#logger = logger;
    this.#delay.enable();
  }

  static async start(settings: Partial<CoordinatorConfig> = {}, logger = pino({ level: 'silent' })): Promise<ApiRig> {
    const folder = mkdtempSync(join(tmpdir(), 'metaplast-api-'));
    const server = await serverIn(folder, settings, logger);
    const reply = await server.app.inject({ method: 'GET', url: '/openapi.json', headers: { host: 'localhost' } });
    return new ApiRig(folder, server, new Contract(reply.json()), settings, logger);
  }

  /** Stops the server and starts another one on the same store. */
  async restart(): Promise<void> {
    await this.server.stop();
    this.server = await serverIn(this.folder, this.#settings, this.#logger);
  }

  async stop(): Promise<void> {
    this.#delay.disable();
    await this.server.stop();
    rmSync(this.folder, { recursive: true });
  }

  async ask(method: Method, url: string, { body, headers = {} }: Ask = {}) {
    const request = {
      method,
      url,
      headers: { host: 'localhost', ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    };
    let reply = await this.server.app.inject(request);
    // On a machine so busy that this very process stands still, the server asks to come back, as it should.
    while (reply.statusCode === 503 && this.#delay.max > STANDSTILL_NS) {
      this.#delay.reset();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      reply = await this.server.app.inject(request);
    }
    expect(this.contract.violation(method, url, reply)).toBeUndefined();
    if (reply.statusCode >= 400 && method !== 'HEAD') {
      expect(reply.json()).toMatchObject({ status: reply.statusCode, requestId: reply.headers['x-request-id'] });
    }
    return reply;
  }

  /** The body of a reply that must be a success. */
  async get<T>(url: string): Promise<T> {
    const reply = await this.ask('GET', url);
    expect([reply.statusCode, reply.payload.slice(0, reply.statusCode === 200 ? 0 : 500)]).toEqual([200, '']);
    return reply.json<T>();
  }

  async make<T>(url: string, body: object, headers: Record<string, string> = {}): Promise<T> {
    const reply = await this.ask('POST', url, { body, headers });
    expect([reply.statusCode, reply.payload.slice(0, reply.statusCode === 202 ? 0 : 500)]).toEqual([202, '']);
    return reply.json<T>();
  }

  /** Waits until the run, or the evaluation, is in a state. */
  async becomes<T extends Run | Evaluation>(url: string, state: string): Promise<T> {
    await vi.waitFor(async () => expect((await this.get<T>(url)).state).toBe(state), { timeout: 60_000, interval: 20 });
    return this.get<T>(url);
  }
}

/** A coordinator with a run of SPEC that has ended and whose baselines are measured. */
export async function rigWithRun(): Promise<{ rig: ApiRig; run: Run; path: string }> {
  const rig = await ApiRig.start();
  const { id } = await rig.make<Run>('/v1/runs', { spec: SPEC, name: 'The Parent', tags: ['a'] });
  const path = `/v1/runs/${id}`;
  await rig.becomes(path, 'succeeded');
  await vi.waitFor(async () => expect((await rig.get<Run>(path)).baseline).not.toBeNull(), { timeout: 60_000, interval: 20 });
  return { rig, run: await rig.get<Run>(path), path };
}

async function serverIn(folder: string, settings: Partial<CoordinatorConfig>, logger: Logger): Promise<Coordinator> {
  const config = coordinatorConfig({ data: folder, port: 0, threads: 2, rateLimit: 1_000_000, ...settings }, {});
  return startCoordinator(config, { version: '9.9.9', logger });
}
