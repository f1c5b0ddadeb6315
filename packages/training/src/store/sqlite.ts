// The store's file: opening, transactions, prepared statements, and SQLite's errors as StoreErrors.

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StoreError, storeError } from './errors.js';
import { migrate } from './schema.js';

export interface StoreOptions {
  /** How long a write waits for another process's, ms. */
  timeoutMs?: number;
}

export class Sqlite {
  readonly path: string;
  /** Checked inside of each write's transaction; throws to refuse it. */
  fence: () => void = () => {};
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
  }

  /** As RunStore.open(). */
  static open(path: string, options: StoreOptions = {}): Sqlite {
    let db: Database.Database | undefined;
    try {
      if (isCutShort(path)) throw new StoreError('corrupt', `run store ${path} is corrupt: it is shorter than its header says`);
      db = new Database(path, { timeout: options.timeoutMs ?? 5000 });
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('foreign_keys = ON');
      const verdict = db.pragma('quick_check(1)', { simple: true });
      if (verdict !== 'ok') throw new StoreError('corrupt', `run store ${path} is corrupt: ${String(verdict).replaceAll(/\s+/g, ' ')}`);
      migrate(db, path);
      return new Sqlite(path, db);
    } catch (error) {
      db?.close();
      throw storeError(path, error);
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Immediate: reads inside are of the state that is written to. */
  write<T>(body: () => T): T {
    return this.transaction(() => {
      this.fence();
      return body();
    });
  }

  /** As write(), without the fence. */
  transaction<T>(body: () => T): T {
    return this.#guard(() => this.#db.transaction(body).immediate());
  }

  run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  get<T>(sql: string, ...values: unknown[]): T | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as T | undefined);
  }

  all<T>(sql: string, ...values: unknown[]): T[] {
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

/**
 * Whether a database that was closed in order (no write-ahead log beside it) lacks bytes at its end. SQLite itself does not mind when
 * only an empty page is cut. Header: page size at byte 16 (1 means 65536), pages at 28 (SQLite file format, section 1.3).
 */
function isCutShort(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || existsSync(`${path}-wal`)) return false;
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header) < header.length || header.toString('latin1', 0, 15) !== 'SQLite format 3') return false;
  } finally {
    closeSync(file);
  }
  const size = header.readUInt16BE(16);
  return stats.size < header.readUInt32BE(28) * (size === 1 ? 65536 : size);
}
