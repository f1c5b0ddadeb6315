// The lease on a store: one coordinator at a time, with a fencing epoch that is checked in each of its writes.
//
// A holder that was asleep longer than its lease finds a higher epoch, and all that it still wants to write is refused. Times are
// those of the machine that the file is on: holders of one SQLite file are on one machine.

import { StoreError } from './errors.js';
import type { Sqlite } from './sqlite.js';

interface LeaseRow {
  holder: string;
  epoch: number;
  expiresAt: number;
}

export class Lease {
  readonly #db: Sqlite;
  #held: number | undefined;

  constructor(db: Sqlite) {
    this.#db = db;
  }

  /** Takes the lease for `ttlMs`, and fences this store's writes with it. Throws StoreError 'leased' while another one has it. */
  acquire(holder: string, ttlMs: number): void {
    this.#held = this.#db.transaction(() => {
      const row = this.#row();
      if (row && row.expiresAt > Date.now()) {
        const seconds = ((row.expiresAt - Date.now()) / 1000).toFixed(1);
        throw new StoreError(
          'leased',
          `run store ${this.#db.path} is in use by coordinator ${row.holder} (its lease ends in ${seconds} s)`,
        );
      }
      const epoch = (row?.epoch ?? 0) + 1;
      this.#put(holder, epoch, Date.now() + ttlMs);
      return epoch;
    });
    this.#db.fence = () => this.#check();
  }

  /** Throws StoreError 'superseded' when another one has taken the lease. */
  renew(ttlMs: number): void {
    this.#db.write(() => this.#db.run('UPDATE lease SET expires_at = ? WHERE one = 1', Date.now() + ttlMs));
  }

  /** Lets others in at once. Does nothing if the lease is lost. */
  release(): void {
    this.#db.transaction(() => {
      if (this.#held !== undefined && this.#row()?.epoch === this.#held) this.#db.run('UPDATE lease SET expires_at = 0 WHERE one = 1');
    });
  }

  #check(): void {
    const row = this.#row();
    if (row?.epoch === this.#held) return;
    throw new StoreError('superseded', `run store ${this.#db.path} was taken over by coordinator ${row?.holder}: this one stops`);
  }

  #row(): LeaseRow | undefined {
    return this.#db.get<LeaseRow>('SELECT holder, epoch, expires_at AS expiresAt FROM lease');
  }

  #put(holder: string, epoch: number, expiresAt: number): void {
    this.#db.run('INSERT OR REPLACE INTO lease (one, holder, epoch, expires_at) VALUES (1, ?, ?, ?)', holder, epoch, expiresAt);
  }
}
