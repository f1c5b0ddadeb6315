// The store's tables, as a list of migrations: PRAGMA user_version says how many of them a file has had.

import type { Database } from 'better-sqlite3';
import { StoreError } from './errors.js';

/** 'mtpl': tells a run store from other SQLite files. */
const APPLICATION_ID = 0x6d74706c;

/** Migration i takes a file from version i to i + 1. A migration that was released is never edited. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    spec TEXT NOT NULL,               -- JSON, resolved
    seed INTEGER NOT NULL,
    kernel TEXT NOT NULL,             -- kernelIdentity() of whoever made the run
    state TEXT NOT NULL,
    reason TEXT,
    epoch INTEGER NOT NULL,           -- how often the run was started; commits of earlier starts are refused
    created_at INTEGER NOT NULL,      -- ms since 1970, as all times
    updated_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE generations (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,      -- the one evaluated, from 0; it led to the checkpoint generation + 1
    metrics TEXT NOT NULL,            -- JSON
    wall_ms REAL NOT NULL,
    busy_ms REAL NOT NULL,            -- of all engines
    slots INTEGER NOT NULL,
    losses BLOB NOT NULL,             -- float32, little-endian: [pair][task][+, -]; last, so that curves are read without it
    PRIMARY KEY (run, generation)
  ) STRICT;

  CREATE TABLE checkpoints (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,      -- updates made
    theta_sha256 TEXT NOT NULL,
    state BLOB NOT NULL,              -- @metaplast/evolution serialise(): θ, moments, generation
    PRIMARY KEY (run, generation)
  ) STRICT;

  CREATE TABLE evaluations (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    generation INTEGER NOT NULL,      -- of the checkpoint evaluated; 0 for what does not depend on θ
    family INTEGER NOT NULL,          -- index into the spec's evaluation.families
    result TEXT NOT NULL,             -- JSON
    PRIMARY KEY (run, kind, generation, family)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,               -- the run's new state
    detail TEXT
  ) STRICT;
  CREATE INDEX events_of_run ON events (run, id);
  `,
  `
  ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;    -- starts by a scheduler
  ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';       -- JSON array of strings
  ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
  ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;   -- 0 is served first
  CREATE INDEX runs_by_age ON runs (created_at, id);

  CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    holder TEXT NOT NULL,
    epoch INTEGER NOT NULL,           -- grows with each holder; writes of earlier ones are refused
    expires_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE submissions (
    key TEXT PRIMARY KEY,             -- Idempotency-Key
    fingerprint TEXT NOT NULL,        -- of what was submitted with it
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX submissions_of_run ON submissions (run);
  `,
  `
  ALTER TABLE runs ADD COLUMN forked_from TEXT;                      -- JSON: run, generation, thetaSha256
  ALTER TABLE runs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;   -- changes of its labels and its state
  ALTER TABLE runs ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;    -- the clock at its last change of any kind
  CREATE INDEX runs_by_change ON runs (changed);
  CREATE INDEX runs_by_state ON runs (state, created_at, id);

  CREATE TABLE clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    changes INTEGER NOT NULL          -- of anything in the store that people watch
  ) STRICT;
  INSERT INTO clock (one, changes) VALUES (1, 0);
  CREATE TABLE deletions (
    changed INTEGER PRIMARY KEY,      -- the clock
    kind TEXT NOT NULL,               -- run or evaluation
    id TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE runs ADD COLUMN engines TEXT NOT NULL DEFAULT '[]';    -- JSON array: names of what has computed its generations
  `,
  `
  CREATE TABLE evaluation_jobs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    priority INTEGER NOT NULL,        -- 0 is served first
    run TEXT,                         -- that θ is from, and its updates; the run may be gone
    generation INTEGER,
    theta_sha256 TEXT NOT NULL,
    spec TEXT NOT NULL,               -- JSON, resolved
    kernel TEXT NOT NULL,
    baselines TEXT NOT NULL,          -- JSON array of kinds
    state TEXT NOT NULL,
    reason TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    key TEXT UNIQUE,                  -- Idempotency-Key, and what was submitted with it
    fingerprint TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    changed INTEGER NOT NULL,         -- the clock at its last change
    theta BLOB NOT NULL               -- float32, little-endian; last, so that lists are read without it
  ) STRICT;
  CREATE INDEX evaluation_jobs_by_age ON evaluation_jobs (created_at, id);
  CREATE INDEX evaluation_jobs_by_change ON evaluation_jobs (changed);
  CREATE INDEX evaluation_jobs_by_state ON evaluation_jobs (state, created_at, id);
  CREATE INDEX evaluation_jobs_of_run ON evaluation_jobs (run, created_at, id);

  CREATE TABLE evaluation_rows (
    job TEXT NOT NULL REFERENCES evaluation_jobs (id) ON DELETE CASCADE,
    family INTEGER NOT NULL,          -- index into the spec's evaluation.families
    result TEXT NOT NULL,             -- JSON
    PRIMARY KEY (job, family)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE evaluation_jobs ADD COLUMN tuned_on TEXT NOT NULL DEFAULT 'each';
  `,
];

/** Brings a file, or a new one, to the newest version; all or nothing. Refuses foreign and newer files. */
export function migrate(db: Database, path: string, migrations: readonly string[] = MIGRATIONS): void {
  const pragma = (name: string): number => db.pragma(name, { simple: true }) as number;
  /** The file's version, after making sure that it is one of ours. */
  const version = (): number => {
    const found = pragma('user_version');
    const fresh = found === 0 && db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
    if (!fresh && pragma('application_id') !== APPLICATION_ID) {
      throw new StoreError('not-a-store', `run store ${path} is not a run store, but another SQLite database`);
    }
    if (found > migrations.length) {
      const versions = `its schema has version ${found}, this program knows up to ${migrations.length}`;
      throw new StoreError('newer', `run store ${path} was made by a newer metaplast: ${versions}`);
    }
    return found;
  };
  // Nothing to do is the rule, and needs no lock.
  if (version() === migrations.length) return;
  const upgrade = db.transaction(() => {
    for (const migration of migrations.slice(version())) db.exec(migration);
    db.pragma(`user_version = ${migrations.length}`);
    db.pragma(`application_id = ${APPLICATION_ID}`);
  });
  // Immediate: of two processes that open a file at once, the second waits for the first.
  upgrade.immediate();
}
