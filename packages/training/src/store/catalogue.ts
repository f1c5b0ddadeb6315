// The runs of a store as a list: filters, pages, labels, and submissions that may be repeated. Never loads specs' details or series.

import { StoreError } from './errors.js';
import type { RunRecord, RunState } from './records.js';
import type { Sqlite } from './sqlite.js';

/** A run in a list. */
export interface RunSummaryRow extends Omit<RunRecord, 'spec' | 'kernel'> {
  /** Committed, and how many there will be. */
  generation: number;
  generations: number;
}

export interface ListQuery {
  state?: RunState | undefined;
  tag?: string | undefined;
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

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** Newest first. */
  list({ state, tag, before, limit }: ListQuery): RunSummaryRow[] {
    const rows = this.#db.all<Omit<RunSummaryRow, 'tags'> & { tags: string }>(
      `SELECT id, name, state, reason, epoch, attempt, tags, notes, priority, created_at AS createdAt, updated_at AS updatedAt,
         coalesce((SELECT max(generation) FROM checkpoints WHERE run = id), 0) AS generation,
         json_extract(spec, '$.outer.generations') AS generations
       FROM runs
       WHERE (@state IS NULL OR state = @state) AND (@tag IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = @tag))
         AND (@createdAt IS NULL OR (created_at, id) < (@createdAt, @id))
       ORDER BY created_at DESC, id DESC LIMIT @limit`,
      { state: state ?? null, tag: tag ?? null, createdAt: before?.createdAt ?? null, id: before?.id ?? null, limit },
    );
    return rows.map((row) => ({ ...row, tags: JSON.parse(row.tags) as string[] }));
  }

  /** Ids of runs in one of the states: those of the lowest priority number first, then the oldest. */
  idsIn(states: readonly RunState[]): string[] {
    const marks = states.map(() => '?').join(', ');
    const sql = `SELECT id FROM runs WHERE state IN (${marks}) ORDER BY priority, created_at, id`;
    return this.#db.all<{ id: string }>(sql, ...states).map(({ id }) => id);
  }

  label(id: string, { name, tags, notes }: Labels): void {
    const values = [name ?? null, tags === undefined ? null : JSON.stringify(tags), notes ?? null, Date.now(), id];
    const sql =
      'UPDATE runs SET name = coalesce(?, name), tags = coalesce(?, tags), notes = coalesce(?, notes), updated_at = ? WHERE id = ?';
    this.#db.write(() => this.#db.run(sql, ...values));
  }

  /**
   * Makes a run under a key, once: `create` must make the run `id`. The same submission again gives the first one's id; another one
   * under the same key is 'exists'.
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
}
