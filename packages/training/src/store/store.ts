// The run store: an SQLite file that holds any number of runs. The truth about a run is here and nowhere else.
//
// A generation is one transaction: losses, metrics and the state after it. WAL with synchronous = NORMAL: a killed process
// loses nothing that was committed; a power cut may cost the last generations, which a resume computes again, bit for bit.

import type { GenerationMetrics } from '@metaplast/evolution';
import { resolveSpec } from '@metaplast/protocol';
import Database from 'better-sqlite3';
import { StoreError, storeError } from './errors.js';
import type { Checkpoint, EvaluationKey, NewRun, RunEvent, RunRecord, RunState, Timing, Totals } from './records.js';
import { migrate } from './schema.js';

export interface StoreOptions {
  /** How long a write waits for another process's, ms. */
  timeoutMs?: number;
}

/** All that a generation leaves behind. */
export interface GenerationCommit {
  /** The one evaluated, from 0. */
  generation: number;
  losses: Float32Array;
  metrics: GenerationMetrics;
  timing: Timing;
  /** The state that it led to, of generation + 1. */
  checkpoint: Checkpoint;
  /** Whether the state that it started from stays, e.g. because it is to be evaluated. */
  keepPrevious: boolean;
}

const RUN_COLUMNS = 'id, name, spec, kernel, state, reason, epoch, created_at AS createdAt, updated_at AS updatedAt';
type RunRow = Omit<RunRecord, 'spec'> & { spec: string };

/** All methods are synchronous and throw StoreError. Runs are named by id; what is unknown is 'not-found'. */
export class RunStore {
  readonly path: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
  }

  /** Opens or makes the file at `path` (its folder must exist), checks it through and brings it to this version's schema. */
  static open(path: string, options: StoreOptions = {}): RunStore {
    let db: Database.Database | undefined;
    try {
      db = new Database(path, { timeout: options.timeoutMs ?? 5000 });
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('foreign_keys = ON');
      const verdict = db.pragma('quick_check(1)', { simple: true });
      if (verdict !== 'ok') throw new StoreError('corrupt', `run store ${path} is corrupt: ${String(verdict).replaceAll(/\s+/g, ' ')}`);
      migrate(db, path);
      return new RunStore(path, db);
    } catch (error) {
      db?.close();
      throw storeError(path, error);
    }
  }

  close(): void {
    this.#db.close();
  }

  /** 'exists' when the id is taken. */
  createRun({ id, name, spec, kernel }: NewRun): void {
    this.#write(() => {
      if (this.#get('SELECT 1 FROM runs WHERE id = ?', id)) throw new StoreError('exists', `run ${id} exists already in ${this.path}`);
      this.#run(
        `INSERT INTO runs (id, name, spec, seed, kernel, state, epoch, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 'queued', 0, ?, ?)`,
        ...[id, name, JSON.stringify(spec), spec.seed, kernel, Date.now(), Date.now()],
      );
      this.#event(id, 'queued', null);
    });
  }

  runs(): RunRecord[] {
    return this.#all<RunRow>(`SELECT ${RUN_COLUMNS} FROM runs ORDER BY created_at, id`).map((row) => this.#record(row));
  }

  findRun(id: string): RunRecord | undefined {
    const row = this.#get<RunRow>(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`, id);
    return row && this.#record(row);
  }

  run(id: string): RunRecord {
    const run = this.findRun(id);
    if (run === undefined) throw new StoreError('not-found', `no run ${id} in ${this.path}`);
    return run;
  }

  /** Takes the run: earlier holders' commits are refused from now on. Returns the epoch to commit with. */
  startRun(id: string): number {
    return this.#write(() => {
      const epoch = this.run(id).epoch + 1;
      this.#run(`UPDATE runs SET state = 'running', reason = NULL, epoch = ?, updated_at = ? WHERE id = ?`, epoch, Date.now(), id);
      this.#event(id, 'running', `start ${epoch}`);
      return epoch;
    });
  }

  /** 'superseded' when another process has started the run since; so for all methods that take an epoch. */
  endRun(id: string, epoch: number, state: Exclude<RunState, 'queued' | 'running'>, reason: string | null = null): void {
    this.#write(() => {
      this.#hold(id, epoch);
      this.#run('UPDATE runs SET state = ?, reason = ?, updated_at = ? WHERE id = ?', state, reason, Date.now(), id);
      this.#event(id, state, reason);
    });
  }

  /** The state that a run starts from. */
  putCheckpoint(id: string, epoch: number, checkpoint: Checkpoint): void {
    this.#write(() => {
      this.#hold(id, epoch);
      this.#checkpoint(id, checkpoint);
    });
  }

  /** One transaction a generation. Repeating a generation replaces it. */
  commitGeneration(id: string, epoch: number, commit: GenerationCommit): void {
    const { generation, losses, metrics, timing, checkpoint, keepPrevious } = commit;
    this.#write(() => {
      this.#hold(id, epoch);
      this.#run(
        'INSERT OR REPLACE INTO generations (run, generation, metrics, wall_ms, busy_ms, slots, losses) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[id, generation, JSON.stringify(metrics), timing.wallMs, timing.busyMs, timing.slots, bytesOf(losses)],
      );
      this.#checkpoint(id, checkpoint);
      if (!keepPrevious) this.#run('DELETE FROM checkpoints WHERE run = ? AND generation = ?', id, generation);
      this.#run('UPDATE runs SET updated_at = ? WHERE id = ?', Date.now(), id);
    });
  }

  /** Metrics of generations `since` and later, in order. */
  metrics(id: string, since = 0): { generation: number; metrics: GenerationMetrics }[] {
    const rows = this.#all<{ generation: number; metrics: string }>(
      'SELECT generation, metrics FROM generations WHERE run = ? AND generation >= ? ORDER BY generation',
      ...[id, since],
    );
    return rows.map(({ generation, metrics }) => ({ generation, metrics: this.#json<GenerationMetrics>(id, metrics) }));
  }

  /** [pair][task][+, -] of a committed generation. */
  losses(id: string, generation: number): Float32Array {
    const row = this.#get<{ losses: Buffer }>('SELECT losses FROM generations WHERE run = ? AND generation = ?', id, generation);
    if (row === undefined) throw new StoreError('not-found', `run ${id} has no generation ${generation} in ${this.path}`);
    if (row.losses.length % 4 !== 0) throw this.#corrupt(id, `losses of generation ${generation}`);
    return new Float32Array(Uint8Array.from(row.losses).buffer);
  }

  totals(id: string): Totals {
    return this.#get<Totals>(
      `SELECT count(*) AS generations, total(wall_ms) AS wallMs, total(busy_ms) AS busyMs, total(wall_ms * slots) AS slotMs
       FROM generations WHERE run = ?`,
      id,
    )!;
  }

  /** The newest checkpoint, or that of a generation. */
  checkpoint(id: string, generation?: number): Checkpoint | undefined {
    return this.#get<Checkpoint>(
      `SELECT generation, theta_sha256 AS thetaSha256, state FROM checkpoints
       WHERE run = ? AND generation = coalesce(?, generation) ORDER BY generation DESC LIMIT 1`,
      ...[id, generation ?? null],
    );
  }

  /** Generations that have a checkpoint, in order. */
  checkpoints(id: string): number[] {
    const rows = this.#all<{ generation: number }>('SELECT generation FROM checkpoints WHERE run = ? ORDER BY generation', id);
    return rows.map((row) => row.generation);
  }

  /** Evaluations are functions of (spec, kernel, key), so they need no epoch; repeating one replaces it by the same. */
  putEvaluation(id: string, { kind, generation, family }: EvaluationKey, result: unknown): void {
    const values = [id, kind, generation, family, JSON.stringify(result)];
    this.#write(() => {
      this.#run('INSERT OR REPLACE INTO evaluations (run, kind, generation, family, result) VALUES (?, ?, ?, ?, ?)', ...values);
    });
  }

  /** The result as it was put, or undefined. */
  evaluation<T>(id: string, { kind, generation, family }: EvaluationKey): T | undefined {
    const row = this.#get<{ result: string }>(
      'SELECT result FROM evaluations WHERE run = ? AND kind = ? AND generation = ? AND family = ?',
      ...[id, kind, generation, family],
    );
    return row && this.#json<T>(id, row.result);
  }

  /** All results of a kind, by generation and family. */
  evaluations<T>(id: string, kind: string): (Omit<EvaluationKey, 'kind'> & { result: T })[] {
    const rows = this.#all<{ generation: number; family: number; result: string }>(
      'SELECT generation, family, result FROM evaluations WHERE run = ? AND kind = ? ORDER BY generation, family',
      ...[id, kind],
    );
    return rows.map((row) => ({ ...row, result: this.#json<T>(id, row.result) }));
  }

  /** What happened to a run, in order; `after` is the id of the last event already seen. */
  events(id: string, after = 0): RunEvent[] {
    return this.#all<RunEvent>('SELECT id, at, type, detail FROM events WHERE run = ? AND id > ? ORDER BY id', id, after);
  }

  #checkpoint(id: string, { generation, thetaSha256, state }: Checkpoint): void {
    this.#run(
      'INSERT OR REPLACE INTO checkpoints (run, generation, theta_sha256, state) VALUES (?, ?, ?, ?)',
      ...[id, generation, thetaSha256, state],
    );
  }

  #event(id: string, type: RunState, detail: string | null): void {
    this.#run('INSERT INTO events (run, at, type, detail) VALUES (?, ?, ?, ?)', id, Date.now(), type, detail);
  }

  #record(row: RunRow): RunRecord {
    const spec = this.#json<unknown>(row.id, row.spec);
    try {
      return { ...row, spec: resolveSpec(spec) };
    } catch (cause) {
      throw this.#corrupt(row.id, 'spec', cause);
    }
  }

  #json<T>(id: string, text: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw this.#corrupt(id, 'JSON', cause);
    }
  }

  #corrupt(id: string, what: string, cause?: unknown): StoreError {
    return new StoreError('corrupt', `run store ${this.path} is corrupt: run ${id} has no valid ${what}`, { cause });
  }

  #hold(id: string, epoch: number): void {
    const now = this.run(id).epoch;
    if (now !== epoch) throw new StoreError('superseded', `another process has taken over run ${id} in ${this.path}`);
  }

  /** Immediate: reads inside are of the state that is written to. */
  #write<T>(body: () => T): T {
    return this.#guard(() => this.#db.transaction(body).immediate());
  }

  #run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  #get<T>(sql: string, ...values: unknown[]): T | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as T | undefined);
  }

  #all<T>(sql: string, ...values: unknown[]): T[] {
    return this.#guard(() => this.#statement(sql).all(...values) as T[]);
  }

  #statement(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw storeError(this.path, error);
    }
  }
}

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
