// A logical clock: each change of the store gets the next number, so that a client can go on from a number without gaps or repeats,
// across restarts too.

import type { Sqlite } from './sqlite.js';

/** Something that is gone. */
export interface Deletion {
  changed: number;
  kind: 'run' | 'evaluation';
  id: string;
}

export class Clock {
  readonly #db: Sqlite;

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** Changes so far. */
  now(): number {
    return this.#db.get<{ changes: number }>('SELECT changes FROM clock')!.changes;
  }

  /** The stamp of a new change, for use inside of a write. */
  tick(): number {
    this.#db.run('UPDATE clock SET changes = changes + 1');
    return this.now();
  }

  /** Remembers that something is gone, for use inside of a write. */
  buried(kind: Deletion['kind'], id: string): void {
    this.#db.run('INSERT INTO deletions (changed, kind, id) VALUES (?, ?, ?)', this.tick(), kind, id);
  }

  deletions(after: number, limit: number): Deletion[] {
    return this.#db.all<Deletion>('SELECT changed, kind, id FROM deletions WHERE changed > ? ORDER BY changed LIMIT ?', after, limit);
  }
}
