// What plugins and routes work with.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ProblemCode, Workers } from '@metaplast/protocol';
import type { BaselineQueue, EvaluationQueue, RunStore, Scheduler } from '@metaplast/training';
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Changes } from './changes.js';
import type { CoordinatorConfig } from './config.js';
import type { Figures } from './figures/figures.js';
import type { Streams } from './streams.js';
import type { Telemetry } from './telemetry.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token: it shows nothing of anybody's. */
    open?: boolean;
    /** Asked by whoever looks after the process, under whatever name that finds it. */
    probe?: boolean;
    /** Problems that the route's schema doesn't tell of. */
    problems?: readonly ProblemCode[];
  }
}

/** Request and reply types follow from the routes' schemas. */
export interface Schemas extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, Schemas>;

/** What the API is about. */
export interface Context {
  config: Pick<CoordinatorConfig, 'host' | 'token' | 'readToken' | 'allowedHosts' | 'rateLimit'>;
  version: string;
  store: RunStore;
  scheduler: Scheduler;
  evaluations: EvaluationQueue;
  baselines: BaselineQueue;
  changes: Changes;
  streams: Streams;
  telemetry: Telemetry;
  figures: Figures;
  /** Chunks that can be computed at the same time, as far as is known. */
  slots(): number;
  /** Rejects when those who compute cannot be asked. */
  workers(): Promise<Workers>;
  /** Metrics of whatever spreads the work, Prometheus text. */
  dispatchMetrics(): Promise<string>;
  /** Why nothing can be computed at this moment, if so. */
  trouble(): string | undefined;
}
