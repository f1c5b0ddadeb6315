// The run store: an SQLite file that holds any number of runs. The truth about a run is here and nowhere else.
//
// A generation is one transaction: losses, metrics and the state after it. WAL with synchronous = NORMAL: a killed process
// loses nothing that was committed; a power cut may cost the last generations, which a resume computes again, bit for bit.

import type { GenerationMetrics } from '@metaplast/evolution';
import { bytesOf, type RunState, resolveSpec } from '@metaplast/protocol';
import { Catalogue } from './catalogue.js';
import { Clock } from './clock.js';
import { corrupt, parsed, StateConflictError, StoreError } from './errors.js';
import { EvaluationJobs } from './evaluation-jobs.js';
import { Lease } from './lease.js';
import {
  type Checkpoint,
  EVALUATION,
  type EvaluationKey,
  type EvaluationKind,
  type ForkedFrom,
  type NewRun,
  type RunEvent,
  type RunRecord,
  type Timing,
} from './records.js';
import { Series } from './series.js';
import { Sqlite, type StoreOptions } from './sqlite.js';

/** All that a generation leaves behind. */
export interface GenerationCommit {
  /** The one evaluated, from 0. */
  generation: number;
  losses: Float32Array;
  metrics: GenerationMetrics;
  timing: Timing;
  /** What computed it, by name. */
  engines: readonly string[];
  /** The state that it led to, of generation + 1. */
  checkpoint: Checkpoint;
  /** Whether the state that it started from stays, e.g. because it is to be evaluated. */
  keepPrevious: boolean;
}

const RUN_COLUMNS = `id, name, spec, kernel, state, reason, epoch, attempt, tags, notes, priority, revision, engines, forked_from AS forkedFrom,
  created_at AS createdAt, updated_at AS updatedAt`;
type RunRow = Omit<RunRecord, 'spec' | 'tags' | 'engines' | 'forkedFrom'> & {
  spec: string;
  tags: string;
  engines: string;
  forkedFrom: string | null;
};

/** All methods are synchronous and throw StoreError. Runs are named by id; what is unknown is 'not-found'. */
export class RunStore {
  readonly path: string;
  readonly lease: Lease;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly jobs: EvaluationJobs;
  readonly series: Series;
  readonly #db: Sqlite;

  private constructor(db: Sqlite) {
    this.path = db.path;
    this.lease = new Lease(db);
    this.clock = new Clock(db);
    this.catalogue = new Catalogue(db, this.clock);
    this.jobs = new EvaluationJobs(db, this.clock);
    this.series = new Series(db);
    this.#db = db;
  }

  /** Opens or makes the file at `path` (its folder must exist), checks it through and brings it to this version's schema. */
  static open(path: string, options: StoreOptions = {}): RunStore {
    return new RunStore(Sqlite.open(path, options));
  }

  close(): void {
    this.#db.close();
  }

  /** 'exists' when the id is taken. A run that starts from a checkpoint gets it as `start`. */
  createRun({ id, name, spec, kernel, tags = [], notes = '', priority = 0, forkedFrom = null }: NewRun, start?: Checkpoint): void {
    this.#db.write(() => {
      if (this.#db.get('SELECT 1 FROM runs WHERE id = ?', id)) throw new StoreError('exists', `run ${id} exists already in ${this.path}`);
      this.#db.run(
        `INSERT INTO runs (id, name, spec, seed, kernel, state, epoch, created_at, updated_at, tags, notes, priority, forked_from)
         VALUES (?, ?, ?, ?, ?, 'queued', 0, ?, ?, ?, ?, ?, ?)`,
        ...[id, name, JSON.stringify(spec), spec.seed, kernel, Date.now(), Date.now(), JSON.stringify(tags), notes, priority],
        forkedFrom && JSON.stringify(forkedFrom),
      );
      if (start) this.#checkpoint(id, start);
      this.#entered(id, 'queued', null);
    });
  }

  findRun(id: string): RunRecord | undefined {
    const row = this.#db.get<RunRow>(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`, id);
    return row && this.#record(row);
  }

  run(id: string): RunRecord {
    const run = this.findRun(id);
    if (run === undefined) throw this.#unknown(id);
    return run;
  }

  /** Read by itself, so that a run whose record is damaged has one, too. */
  state(id: string): RunState {
    return this.#column(id, 'state');
  }

  /** Takes the run: earlier holders' commits are refused from now on. Returns the epoch to commit with. */
  startRun(id: string): number {
    return this.#db.write(() => {
      const epoch = this.#column<number>(id, 'epoch') + 1;
      this.#db.run(`UPDATE runs SET state = 'running', reason = NULL, epoch = ? WHERE id = ?`, epoch, id);
      this.#entered(id, 'running', `start ${epoch}`);
      return epoch;
    });
  }

  /**
   * Changes the state of a run that nobody works on, or that somebody prepares to; throws StateConflictError unless it is in one of
   * `from`. Entering 'starting' counts as an attempt.
   */
  moveRun(id: string, from: readonly RunState[], to: RunState, reason: string | null = null): void {
    this.#db.write(() => {
      const state = this.#column<RunState>(id, 'state');
      if (!from.includes(state)) throw new StateConflictError(`run ${id}`, state, to);
      this.#db.run(
        'UPDATE runs SET state = ?, reason = ?, attempt = attempt + ? WHERE id = ?',
        ...[to, reason, to === 'starting' ? 1 : 0, id],
      );
      this.#entered(id, to, reason);
    });
  }

  /** With all that belongs to it. */
  deleteRun(id: string): void {
    this.#db.write(() => {
      this.#db.run('DELETE FROM runs WHERE id = ?', id);
      this.clock.buried('run', id);
    });
  }

  /** 'superseded' when another process has started the run since; so for all methods that take an epoch. */
  endRun(id: string, epoch: number, state: Exclude<RunState, 'queued' | 'running'>, reason: string | null = null): void {
    this.#db.write(() => {
      this.#hold(id, epoch);
      this.#db.run('UPDATE runs SET state = ?, reason = ? WHERE id = ?', state, reason, id);
      this.#entered(id, state, reason);
    });
  }

  /** The state that a run starts from. */
  putCheckpoint(id: string, epoch: number, checkpoint: Checkpoint): void {
    this.#db.write(() => {
      this.#hold(id, epoch);
      this.#checkpoint(id, checkpoint);
    });
  }

  /** One transaction a generation. Repeating a generation replaces it. */
  commitGeneration(id: string, epoch: number, commit: GenerationCommit): void {
    const { generation, losses, metrics, timing, engines, checkpoint, keepPrevious } = commit;
    this.#db.write(() => {
      this.#hold(id, epoch);
      this.#db.run(
        'INSERT OR REPLACE INTO generations (run, generation, metrics, wall_ms, busy_ms, slots, losses) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[id, generation, JSON.stringify(metrics), timing.wallMs, timing.busyMs, timing.slots, bytesOf(losses)],
      );
      this.#checkpoint(id, checkpoint);
      this.#addEngines(id, engines);
      if (!keepPrevious) this.#db.run('DELETE FROM checkpoints WHERE run = ? AND generation = ?', id, generation);
      this.#db.run('UPDATE runs SET updated_at = ?, changed = ? WHERE id = ?', Date.now(), this.clock.tick(), id);
    });
  }

  /** The newest checkpoint, or that of a generation. */
  checkpoint(id: string, generation?: number): Checkpoint | undefined {
    return this.#db.get<Checkpoint>(
      `SELECT generation, theta_sha256 AS thetaSha256, state FROM checkpoints
       WHERE run = ? AND generation = coalesce(?, generation) ORDER BY generation DESC LIMIT 1`,
      ...[id, generation ?? null],
    );
  }

  /** Generations that have a checkpoint, in order. */
  checkpoints(id: string): number[] {
    const rows = this.#db.all<{ generation: number }>('SELECT generation FROM checkpoints WHERE run = ? ORDER BY generation', id);
    return rows.map((row) => row.generation);
  }

  /** As checkpoints(), with θ's fingerprints. */
  checkpointHashes(id: string): { generation: number; thetaSha256: string }[] {
    return this.#db.all('SELECT generation, theta_sha256 AS thetaSha256 FROM checkpoints WHERE run = ? ORDER BY generation', id);
  }

  /** Evaluations are functions of (spec, kernel, key), so they need no epoch; repeating one replaces it by the same. */
  putEvaluation(id: string, { kind, generation, family }: EvaluationKey, result: unknown): void {
    const values = [id, kind, generation, family, JSON.stringify(result)];
    this.#db.write(() => {
      if (kind === EVALUATION.heldOut && !this.evaluation(id, { kind, generation, family })) this.#event(id, kind, String(generation));
      this.#db.run('INSERT OR REPLACE INTO evaluations (run, kind, generation, family, result) VALUES (?, ?, ?, ?, ?)', ...values);
      this.#db.run('UPDATE runs SET changed = ? WHERE id = ?', this.clock.tick(), id);
    });
  }

  /** The result as it was put, or undefined. */
  evaluation<T>(id: string, { kind, generation, family }: EvaluationKey): T | undefined {
    const row = this.#db.get<{ result: string }>(
      'SELECT result FROM evaluations WHERE run = ? AND kind = ? AND generation = ? AND family = ?',
      ...[id, kind, generation, family],
    );
    return row && parsed<T>(this.path, id, row.result);
  }

  /** Results of a kind, by generation and family: all of generation `since` and later, or at most `most` of them, evenly, with the last. */
  evaluations<T>(
    id: string,
    kind: EvaluationKind,
    since = 0,
    most = Number.MAX_SAFE_INTEGER,
  ): (Omit<EvaluationKey, 'kind'> & { result: T })[] {
    const rows = this.#db.all<{ generation: number; family: number; result: string }>(
      `WITH places AS (
         SELECT generation, family, row_number() OVER (ORDER BY generation DESC, family DESC) - 1 AS place, count(*) OVER () AS all_of_them
         FROM evaluations WHERE run = ? AND kind = ? AND generation >= ?)
       SELECT generation, family, result FROM places JOIN evaluations USING (generation, family)
       WHERE run = ? AND kind = ? AND place % ((all_of_them - 1) / ? + 1) = 0 ORDER BY generation, family`,
      ...[id, kind, since, id, kind, most],
    );
    return rows.map((row) => ({ ...row, result: parsed<T>(this.path, id, row.result) }));
  }

  /** What happened to a run, in order: new states, and held-out evaluations (`detail` is their generation); `after` is the id of the last event already seen. */
  events(id: string, after = 0, limit = -1): RunEvent[] {
    return this.#db.all<RunEvent>(
      'SELECT id, at, type, detail FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?',
      ...[id, after, limit],
    );
  }

  /** One column of a run: a commit has no time to read and check all of it. */
  #column<T>(id: string, name: 'state' | 'epoch' | 'engines'): T {
    const row = this.#db.get<{ value: T }>(`SELECT ${name} AS value FROM runs WHERE id = ?`, id);
    if (row === undefined) throw this.#unknown(id);
    return row.value;
  }

  #unknown(id: string): StoreError {
    return new StoreError('not-found', `no run ${id} in ${this.path}`);
  }

  #addEngines(id: string, engines: readonly string[]): void {
    const known = parsed<string[]>(this.path, id, this.#column(id, 'engines'));
    const all = [...new Set([...known, ...engines])].sort();
    if (all.length > known.length) this.#db.run('UPDATE runs SET engines = ? WHERE id = ?', JSON.stringify(all), id);
  }

  #checkpoint(id: string, { generation, thetaSha256, state }: Checkpoint): void {
    this.#db.run(
      'INSERT OR REPLACE INTO checkpoints (run, generation, theta_sha256, state) VALUES (?, ?, ?, ?)',
      ...[id, generation, thetaSha256, state],
    );
  }

  /** The run has a new state. */
  #entered(id: string, state: RunState, detail: string | null): void {
    this.#db.run(
      'UPDATE runs SET updated_at = ?, changed = ?, revision = revision + 1 WHERE id = ?',
      ...[Date.now(), this.clock.tick(), id],
    );
    this.#event(id, state, detail);
  }

  #event(id: string, type: RunEvent['type'], detail: string | null): void {
    this.#db.run('INSERT INTO events (run, at, type, detail) VALUES (?, ?, ?, ?)', id, Date.now(), type, detail);
  }

  #record(row: RunRow): RunRecord {
    const spec = parsed<unknown>(this.path, row.id, row.spec);
    try {
      const forkedFrom = row.forkedFrom === null ? null : parsed<ForkedFrom>(this.path, row.id, row.forkedFrom);
      const list = (text: string): string[] => parsed<string[]>(this.path, row.id, text);
      return { ...row, spec: resolveSpec(spec), tags: list(row.tags), engines: list(row.engines), forkedFrom };
    } catch (cause) {
      throw corrupt(this.path, row.id, 'spec', cause);
    }
  }

  #hold(id: string, epoch: number): void {
    if (this.#column<number>(id, 'epoch') !== epoch)
      throw new StoreError('superseded', `another process has taken over run ${id} in ${this.path}`);
  }
}
