// Evaluations that somebody asked for: θ, what it is to be evaluated on, and the rows that are there so far.

import { type BaselineKind, bytesOf, type EvaluationState, floatsOf, type RunSpec, type TunedOn } from '@metaplast/protocol';
import type { ComparisonRow } from '../evaluation/comparison.js';
import type { Clock } from './clock.js';
import { parsed, StoreError } from './errors.js';
import { pageQuery } from './page.js';
import type { Sqlite } from './sqlite.js';

export interface NewEvaluationJob {
  id: string;
  name: string;
  /** 0 is served first. */
  priority: number;
  /** Where θ is from, as far as that is known. */
  run: string | null;
  generation: number | null;
  thetaSha256: string;
  /** Resolved; its evaluation.families and reportTrials are what is evaluated. */
  spec: RunSpec;
  /** kernelIdentity() of the kernel it is to be computed with. */
  kernel: string;
  baselines: BaselineKind[];
  tunedOn: TunedOn;
}

export interface EvaluationJob extends NewEvaluationJob {
  state: EvaluationState;
  reason: string | null;
  /** How often it was started. */
  attempt: number;
  /** Rows that are there. */
  done: number;
  /** ms since 1970 */
  createdAt: number;
  updatedAt: number;
  /** The clock at its last change. */
  changed: number;
}

export interface EvaluationListQuery {
  state?: EvaluationState | undefined;
  run?: string | undefined;
  before?: { createdAt: number; id: string } | undefined;
  limit: number;
}

/** A key under which a job is made once, and the fingerprint of what was asked for. */
export interface Submission {
  key: string;
  fingerprint: string;
}

type Row = Omit<EvaluationJob, 'spec' | 'baselines'> & { spec: string; baselines: string };

const COLUMNS = `id, name, priority, run, generation, theta_sha256 AS thetaSha256, spec, kernel, baselines, tuned_on AS tunedOn, state, reason, attempt,
  (SELECT count(*) FROM evaluation_rows WHERE job = id) AS done, created_at AS createdAt, updated_at AS updatedAt, changed`;

export class EvaluationJobs {
  readonly #db: Sqlite;
  readonly #clock: Clock;

  constructor(db: Sqlite, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * Returns the job's id, or that of the first one under the same key; another submission under it is 'exists'. `make` is called for a new
   * one only: what a repeated submission names may be gone by now.
   */
  create(make: () => NewEvaluationJob & { theta: Float32Array }, submission?: Submission): string {
    return this.#db.write(() => {
      const known =
        submission &&
        this.#db.get<{ id: string; fingerprint: string }>('SELECT id, fingerprint FROM evaluation_jobs WHERE key = ?', submission.key);
      if (known && known.fingerprint !== submission.fingerprint) {
        throw new StoreError('exists', `key ${submission.key} was used for another submission`);
      }
      if (known) return known.id;
      const { id, name, priority, run, generation, theta, thetaSha256, spec, kernel, baselines, tunedOn } = make();
      this.#db.run(
        `INSERT INTO evaluation_jobs (id, name, priority, run, generation, theta_sha256, theta, spec, kernel, baselines, tuned_on, state,
           key, fingerprint, created_at, updated_at, changed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)`,
        ...[id, name, priority, run, generation, thetaSha256, bytesOf(theta)],
        ...[JSON.stringify(spec), kernel, JSON.stringify(baselines), tunedOn, submission?.key ?? null, submission?.fingerprint ?? null],
        ...[Date.now(), Date.now(), this.#clock.tick()],
      );
      return id;
    });
  }

  find(id: string): EvaluationJob | undefined {
    const row = this.#db.get<Row>(`SELECT ${COLUMNS} FROM evaluation_jobs WHERE id = ?`, id);
    return row && this.#job(row);
  }

  /** 'not-found' if there is none. */
  job(id: string): EvaluationJob {
    const job = this.find(id);
    if (job === undefined) throw this.#unknown(id);
    return job;
  }

  theta(id: string): Float32Array {
    const { theta } = this.#db.get<{ theta: Buffer }>('SELECT theta FROM evaluation_jobs WHERE id = ?', id)!;
    return floatsOf(theta);
  }

  /** Newest first. */
  list({ state, run, before, limit }: EvaluationListQuery): EvaluationJob[] {
    const sql = pageQuery('evaluation_jobs', COLUMNS, before, [state !== undefined && 'state = @state', run !== undefined && 'run = @run']);
    return this.#db.all<Row>(sql, { state, run, ...before, limit }).map((row) => this.#job(row));
  }

  /** As Catalogue.idsIn(). */
  idsIn(state: EvaluationState): string[] {
    const sql = 'SELECT id FROM evaluation_jobs WHERE state = ? ORDER BY priority, created_at, id';
    return this.#db.all<{ id: string }>(sql, state).map(({ id }) => id);
  }

  /** As Catalogue.changedSince(). */
  changedSince(after: number, limit: number): EvaluationJob[] {
    return this.#db
      .all<Row>(`SELECT ${COLUMNS} FROM evaluation_jobs WHERE changed > ? ORDER BY changed LIMIT ?`, after, limit)
      .map((row) => this.#job(row));
  }

  counts(): { state: EvaluationState; jobs: number }[] {
    return this.#db.all('SELECT state, count(*) AS jobs FROM evaluation_jobs GROUP BY state');
  }

  /** From one state to another; false if it is not in that state any more. Entering 'running' counts as an attempt. */
  move(id: string, from: EvaluationState, to: EvaluationState, reason: string | null = null): boolean {
    return this.#db.write(() => {
      // Read by itself, so that a job whose record is damaged can fail.
      const row = this.#db.get<{ state: EvaluationState }>('SELECT state FROM evaluation_jobs WHERE id = ?', id);
      if (row === undefined) throw this.#unknown(id);
      if (row.state !== from) return false;
      this.#db.run(
        'UPDATE evaluation_jobs SET state = ?, reason = ?, attempt = attempt + ?, updated_at = ?, changed = ? WHERE id = ?',
        ...[to, reason, to === 'running' ? 1 : 0, Date.now(), this.#clock.tick(), id],
      );
      return true;
    });
  }

  /** Rows are functions of the job and the kernel: repeating one replaces it by the same. */
  putRow(id: string, family: number, row: ComparisonRow): void {
    this.#db.write(() => {
      this.#db.run('INSERT OR REPLACE INTO evaluation_rows (job, family, result) VALUES (?, ?, ?)', id, family, JSON.stringify(row));
      this.#db.run('UPDATE evaluation_jobs SET updated_at = ?, changed = ? WHERE id = ?', Date.now(), this.#clock.tick(), id);
    });
  }

  /** By family; null where there is none yet. */
  rows(id: string): (ComparisonRow | null)[] {
    const rows = new Map(
      this.#db
        .all<{ family: number; result: string }>('SELECT family, result FROM evaluation_rows WHERE job = ?', id)
        .map(({ family, result }) => [family, parsed<ComparisonRow>(this.#db.path, id, result)]),
    );
    return this.job(id).spec.evaluation.families.map((_, family) => rows.get(family) ?? null);
  }

  delete(id: string): void {
    this.#db.write(() => {
      this.#db.run('DELETE FROM evaluation_jobs WHERE id = ?', id);
      this.#clock.buried('evaluation', id);
    });
  }

  #unknown(id: string): StoreError {
    return new StoreError('not-found', `no evaluation ${id} in ${this.#db.path}`);
  }

  #job(row: Row): EvaluationJob {
    const json = <T>(text: string): T => parsed<T>(this.#db.path, row.id, text);
    return { ...row, spec: json<RunSpec>(row.spec), baselines: json<BaselineKind[]>(row.baselines) };
  }
}
