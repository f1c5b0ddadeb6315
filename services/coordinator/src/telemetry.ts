// What a Prometheus asks for: the process, requests, runs, evaluations, workers.

import { EVALUATION_STATES, RUN_STATES } from '@metaplast/protocol';
import type { SchedulerEvent } from '@metaplast/training';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Context } from './types.js';

/** Kept from the start of the process on. */
export class Telemetry {
  readonly registry = new Registry();
  readonly #generations = this.#counter('metaplast_generations_total', 'Generations committed');
  readonly #trainings = this.#counter('metaplast_inner_trainings_total', 'Inner trainings of committed generations');
  readonly #diverged = this.#counter('metaplast_diverged_trainings_total', 'Inner trainings whose loss was not finite');
  readonly requests = new Histogram({
    name: 'metaplast_http_request_seconds',
    help: 'Duration of HTTP requests',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A generation was committed. */
  progress({ trainings, progress }: Extract<SchedulerEvent, { kind: 'progress' }>): void {
    this.#generations.inc();
    this.#trainings.inc(trainings);
    this.#diverged.inc(progress.metrics.nonFiniteLosses);
  }

  /** Gauges that are read off when somebody asks. */
  watch({ store, scheduler, streams, slots, trouble }: Context): void {
    this.#gauge('metaplast_runs', 'Runs by state', ['state'], (gauge) => {
      const counts = new Map(store.catalogue.counts().map(({ state, runs }) => [state, runs]));
      for (const state of RUN_STATES) gauge.set({ state }, counts.get(state) ?? 0);
    });
    this.#gauge('metaplast_evaluations', 'Evaluations by state', ['state'], (gauge) => {
      const counts = new Map(store.jobs.counts().map(({ state, jobs }) => [state, jobs]));
      for (const state of EVALUATION_STATES) gauge.set({ state }, counts.get(state) ?? 0);
    });
    this.#gauge('metaplast_run_trainings_per_second', 'Inner trainings a second of runs that are worked on', ['run'], (gauge) => {
      gauge.reset();
      for (const [run, { trainingsPerSecond }] of scheduler.underWay()) gauge.set({ run }, trainingsPerSecond);
    });
    this.#gauge('metaplast_run_utilisation', 'Busy time of the engines over wall time and their number', ['run'], (gauge) => {
      gauge.reset();
      for (const [run, { utilisation }] of scheduler.underWay()) gauge.set({ run }, utilisation);
    });
    this.#gauge('metaplast_event_streams', 'Event streams that are open', [], (gauge) => gauge.set(streams.size));
    this.#gauge(
      'metaplast_dispatch_up',
      'Whether chunks can be given out at this moment: over Redis, whether it can be reached',
      [],
      (gauge) => gauge.set(trouble() === undefined ? 1 : 0),
    );
    this.#gauge('metaplast_slots', 'Chunks that can be computed at the same time: threads of all workers', [], (gauge) =>
      gauge.set(trouble() === undefined ? slots() : 0),
    );
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [this.registry], collect: () => collect(gauge) });
  }
}
