// The runs of a store as a list: filters, pages, labels, and submissions that may be repeated. Never loads specs' details or series.

import type { EngineName, RunState } from '@metaplast/protocol';
import type { PerBaseline } from '../evaluation/baselines.js';
import type { Score } from '../evaluation/trials.js';
import type { HeldOut } from '../held-out.js';
import type { Clock } from './clock.js';
import { parsed, StoreError } from './errors.js';
import { pageQuery } from './page.js';
import { EVALUATION, type RunRecord } from './records.js';
import type { Sqlite } from './sqlite.js';

/** A run in a list. */
export interface RunSummaryRow extends Omit<RunRecord, 'spec' | 'kernel'> {
  /** Committed, and how many there will be. */
  generation: number;
  generations: number;
  engine: EngineName;
  /** The newest held-out evaluation, and the baselines on the same tasks. */
  heldOut: HeldOut | null;
  baselines: PerBaseline<Score & { learningRate: number }> | null;
  /** The clock at its last change. */
  changed: number;
}

type Texts = 'tags' | 'engines' | 'forkedFrom' | 'heldOut' | 'baselines';
type Row = Omit<RunSummaryRow, Texts> & {
  tags: string;
  engines: string;
  forkedFrom: string | null;
  heldOut: string | null;
  baselines: string | null;
};

const COLUMNS = `id, name, state, reason, epoch, attempt, tags, notes, priority, revision, changed, engines, forked_from AS forkedFrom,
  created_at AS createdAt, updated_at AS updatedAt,
  coalesce((SELECT max(generation) FROM checkpoints WHERE run = id), 0) AS generation,
  json_extract(spec, '$.outer.generations') AS generations,
  json_extract(spec, '$.engine') AS engine,
  (SELECT result FROM evaluations WHERE run = id AND kind = '${EVALUATION.heldOut}' ORDER BY generation DESC LIMIT 1) AS heldOut,
  (SELECT result FROM evaluations WHERE run = id AND kind = '${EVALUATION.heldOutBaselines}' LIMIT 1) AS baselines`;

export interface ListQuery {
  state?: RunState | undefined;
  tag?: string | undefined;
  /** Part of the name, in any case. */
  name?: string | undefined;
  /** Runs that are older than this one, by (createdAt, id). */
  before?: { createdAt: number; id: string } | undefined;
  limit: number;
}

/** What people call a run; what is left out stays. */
export interface Labels {
  name?: string;
  tags?: readonly string[];
  notes?: string;
}

export class Catalogue {
  readonly #db: Sqlite;
  readonly #clock: Clock;

  constructor(db: Sqlite, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Newest first. */
  list({ state, tag, name, before, limit }: ListQuery): RunSummaryRow[] {
    const sql = pageQuery('runs', COLUMNS, before, [
      state !== undefined && 'state = @state',
      tag !== undefined && 'EXISTS (SELECT 1 FROM json_each(tags) WHERE value = @tag)',
      name !== undefined && 'instr(lower(name), lower(@name)) > 0',
    ]);
    return this.#db.all<Row>(sql, { state, tag, name, ...before, limit }).map((row) => this.#summary(row));
  }

  /** 'not-found' if there is none. */
  run(id: string): RunSummaryRow {
    const row = this.#db.get<Row>(`SELECT ${COLUMNS} FROM runs WHERE id = ?`, id);
    if (row === undefined) throw new StoreError('not-found', `no run ${id} in ${this.#db.path}`);
    return this.#summary(row);
  }

  /** Runs whose last change came after the clock said `after`, in the order of these changes. */
  changedSince(after: number, limit: number): RunSummaryRow[] {
    return this.#db
      .all<Row>(`SELECT ${COLUMNS} FROM runs WHERE changed > ? ORDER BY changed LIMIT ?`, after, limit)
      .map((row) => this.#summary(row));
  }

  /** How many runs are in each state that there is. */
  counts(): { state: RunState; runs: number }[] {
    return this.#db.all('SELECT state, count(*) AS runs FROM runs GROUP BY state');
  }

  /** Ids of runs in one of the states: those of the lowest priority number first, then the oldest. */
  idsIn(states: readonly RunState[]): string[] {
    const marks = states.map(() => '?').join(', ');
    const sql = `SELECT id FROM runs WHERE state IN (${marks}) ORDER BY priority, created_at, id`;
    return this.#db.all<{ id: string }>(sql, ...states).map(({ id }) => id);
  }

  label(id: string, { name, tags, notes }: Labels): void {
    const values = [name ?? null, tags === undefined ? null : JSON.stringify(tags), notes ?? null];
    const sql = `UPDATE runs SET name = coalesce(?, name), tags = coalesce(?, tags), notes = coalesce(?, notes),
      updated_at = ?, changed = ?, revision = revision + 1 WHERE id = ?`;
    this.#db.write(() => this.#db.run(sql, ...values, Date.now(), this.#clock.tick(), id));
  }

  /**
   * Makes a run under a key, once: `create` must make the run `id`. The same key and fingerprint again give the first run's id; the same
   * key with another fingerprint is 'exists'.
   */
  once(key: string, fingerprint: string, id: string, create: () => void): string {
    return this.#db.write(() => {
      const known = this.#db.get<{ fingerprint: string; run: string }>('SELECT fingerprint, run FROM submissions WHERE key = ?', key);
      if (known && known.fingerprint !== fingerprint) throw new StoreError('exists', `key ${key} was used for another submission`);
      if (known) return known.run;
      create();
      this.#db.run('INSERT INTO submissions (key, fingerprint, run) VALUES (?, ?, ?)', key, fingerprint, id);
      return id;
    });
  }

  #summary(row: Row): RunSummaryRow {
    const json = <T>(text: string): T => parsed<T>(this.#db.path, row.id, text);
    const orNull = <T>(text: string | null): T | null => (text === null ? null : json<T>(text));
    return {
      ...row,
      tags: json(row.tags),
      engines: json(row.engines),
      forkedFrom: orNull(row.forkedFrom),
      heldOut: orNull(row.heldOut),
      baselines: orNull(row.baselines),
    };
  }
}
