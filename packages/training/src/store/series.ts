// What the generations of a run were like, as a series: metrics, losses, totals. Written by RunStore.commitGeneration().

import type { GenerationMetrics } from '@metaplast/evolution';
import { floatsOf } from '@metaplast/protocol';
import { corrupt, parsed, StoreError } from './errors.js';
import type { Timing, Totals } from './records.js';
import type { Sqlite } from './sqlite.js';

/** A generation's numbers. */
export interface GenerationRow {
  generation: number;
  metrics: GenerationMetrics;
  timing: Timing;
}

/** All methods throw StoreError; a run that is not there has no generations. */
export class Series {
  readonly #db: Sqlite;

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** Metrics of generations `since` and later, in order. */
  metrics(id: string, since = 0, limit = -1): GenerationRow[] {
    return this.#metrics(id, 'AND generation >= ? ORDER BY generation LIMIT ?', since, limit);
  }

  /** The first generation that was evaluated; a fork's is that of its checkpoint. 0 if there is none. */
  firstGeneration(id: string): number {
    return this.#db.get<{ first: number }>('SELECT coalesce(min(generation), 0) AS first FROM generations WHERE run = ?', id)!.first;
  }

  /** Metrics of every `stride`-th generation from `since` on, and of the last one; reads no others. */
  sampledMetrics(id: string, since: number, stride: number): GenerationRow[] {
    return this.#metrics(
      id,
      `AND generation >= ? AND generation IN (
         WITH RECURSIVE last (n) AS (SELECT max(generation) FROM generations WHERE run = ?),
           sampled (n) AS (SELECT ? UNION ALL SELECT n + ? FROM sampled WHERE n + ? <= (SELECT n FROM last))
         SELECT n FROM sampled UNION SELECT n FROM last) ORDER BY generation`,
      ...[since, id, since, stride, stride],
    );
  }

  #metrics(id: string, which: string, ...values: unknown[]): GenerationRow[] {
    const rows = this.#db.all<{ generation: number; metrics: string } & Timing>(
      `SELECT generation, metrics, wall_ms AS wallMs, busy_ms AS busyMs, slots FROM generations WHERE run = ? ${which}`,
      ...[id, ...values],
    );
    return rows.map(({ generation, metrics, ...timing }) => ({
      generation,
      metrics: parsed<GenerationMetrics>(this.#db.path, id, metrics),
      timing,
    }));
  }

  /** [pair][task][+, -] of a committed generation. */
  losses(id: string, generation: number): Float32Array {
    const row = this.#db.get<{ losses: Buffer }>('SELECT losses FROM generations WHERE run = ? AND generation = ?', id, generation);
    if (row === undefined) throw new StoreError('not-found', `run ${id} has no generation ${generation} in ${this.#db.path}`);
    if (row.losses.length % 4 !== 0) throw corrupt(this.#db.path, id, `losses of generation ${generation}`);
    return floatsOf(row.losses);
  }

  totals(id: string): Totals {
    return this.#db.get<Totals>(
      `SELECT count(*) AS generations, total(wall_ms) AS wallMs, total(busy_ms) AS busyMs, total(wall_ms * slots) AS slotMs
       FROM generations WHERE run = ?`,
      id,
    )!;
  }
}
