// One run as it goes: its record, its curves and what happened to it, from a first answer and then from the event stream.
//
// The stream is opened where the curves end, so that nothing is missed or drawn twice, whatever was restarted or hidden meanwhile.

import { type Client, ProblemError } from '@metaplast/client';
import { type BaselineScore, ENDED, type HeldOutScore, type Run, type RunEvents } from '@metaplast/protocol';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { type Point, Series } from '../../charts/series.js';
import { client, retryMs } from '../../state/api.js';
import { visible } from '../../state/visible.js';

/** Points of the first answer: more than a chart has pixels is for the zoom to ask for. */
const POINTS = 1000;
/** The page is drawn anew no more often, ms. */
const REDRAW_MS = 250;
/** The run's record (rate, newest θ) while it is worked on, ms. */
const RECORD_MS = 2000;

export interface LiveRun {
  run: Run | undefined;
  series: Series;
  /** Whether curves, if there are any yet, are here. */
  loaded: boolean;
  heldOut: readonly HeldOutScore[];
  baselines: readonly BaselineScore[];
  states: readonly RunEvents['state'][];
  /** Why the newest is not to be had; a server that is away or busy is no error. */
  error: Error | undefined;
  /** Grows with each change: series are changed in place. */
  version: number;
  reload(): void;
}

class Follower {
  run: Run | undefined;
  series = new Series();
  loaded = false;
  heldOut: HeldOutScore[] = [];
  baselines: BaselineScore[] = [];
  states: RunEvents['state'][] = [];
  error: Error | undefined;
  version = 0;
  #buffer: Point[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #streaming = false;

  constructor(
    readonly id: string,
    readonly redraw: () => void,
  ) {}

  /** Until `signal` aborts. */
  async follow(from: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // The first time together with the record: neither waits for the other.
      if (!this.#streaming && (this.states.length === 0 || !this.#isOver)) void this.#stream(from, signal);
      let wait = RECORD_MS;
      try {
        await this.record(from);
      } catch (error) {
        const again = retryMs(error);
        if (again === undefined) {
          this.error = error as Error;
          this.#changed();
          if (error instanceof ProblemError && error.status < 500) return;
        } else wait = again;
      }
      await pause(wait, signal);
    }
  }

  get #isOver(): boolean {
    return this.run !== undefined && ENDED.includes(this.run.state);
  }

  /** Asks for the run's record. */
  async record(from: Client): Promise<void> {
    const isFirst = this.run === undefined;
    this.run = await from.run(this.id);
    this.error = undefined;
    // Measured while the run goes on, also before its first generation, and no event of its own. Not had now is had with the next record.
    if (this.run.baseline !== null && this.loaded && this.baselines.length === 0) {
      const since = Math.max(0, this.series.last);
      this.baselines = await from.metrics(this.id, { since, points: 2 }).then(
        ({ baselines }) => baselines ?? [],
        () => [],
      );
    }
    if (isFirst) this.#draw();
    else this.#changed();
  }

  async #stream(from: Client, signal: AbortSignal): Promise<void> {
    this.#streaming = true;
    try {
      const { stride, points, heldOut, baselines } = await from.metrics(this.id, { since: this.series.last + 1, points: POINTS });
      this.series.add(points, stride);
      this.#addHeldOut(heldOut);
      this.baselines = baselines ?? [];
      this.states = [];
      this.loaded = true;
      this.#draw();
      for await (const { event, data } of from.events(this.id, { since: this.series.last + 1, signal })) {
        if (event === 'generation') this.#buffer.push(data);
        else if (event === 'held-out') this.#addHeldOut([data]);
        else if (event === 'state') this.states = [...this.states, data];
        if (event === 'state' || event === 'end') void this.record(from).catch(() => {});
        this.#changed();
      }
    } catch {
      // What is wrong with the server is seen by the record's request, which comes again.
    } finally {
      this.#streaming = false;
    }
  }

  #addHeldOut(scores: readonly HeldOutScore[]): void {
    const known = new Set(this.heldOut.map(({ generation }) => generation));
    const all = [...this.heldOut, ...scores.filter(({ generation }) => !known.has(generation))];
    this.heldOut = all.sort((a, b) => a.generation - b.generation);
  }

  /** One of many changes, perhaps: they are drawn together. */
  #changed(): void {
    this.#timer ??= setTimeout(() => this.#draw(), REDRAW_MS);
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.series.add(this.#buffer.splice(0));
    this.version++;
    this.redraw();
  }
}

export function useLiveRun(id: string): LiveRun {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const follower = useRef<Follower | undefined>(undefined);
  if (follower.current?.id !== id) follower.current = new Follower(id, () => redraw(undefined as never));
  const from = client.value;
  const isVisible = visible.value;
  const current = follower.current;
  useLayoutEffect(() => {
    if (!isVisible) return;
    const stop = new AbortController();
    void current.follow(from, stop.signal);
    return () => stop.abort();
  }, [current, from, isVisible]);
  const { run, series, loaded, heldOut, baselines, states, error, version } = current;
  return { run, series, loaded, heldOut, baselines, states, error, version, reload: () => void current.record(from).catch(() => {}) };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
