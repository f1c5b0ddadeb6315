import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrate } from './schema.js';

const FIRST = 'CREATE TABLE runs (id TEXT PRIMARY KEY); CREATE TABLE notes (run TEXT)';
const SECOND = 'ALTER TABLE runs ADD COLUMN colour TEXT; DROP TABLE notes';
const THIRD = `UPDATE runs SET colour = 'green'`;

const version = (db: Database.Database): unknown => db.pragma('user_version', { simple: true });

describe('migrate', () => {
  it('brings an older file to the newest version with its data, once', () => {
    const db = new Database(':memory:');
    migrate(db, 'x', [FIRST]);
    db.exec(`INSERT INTO runs VALUES ('a')`);
    expect(version(db)).toBe(1);
    migrate(db, 'x', [FIRST, SECOND, THIRD]);
    expect(version(db)).toBe(3);
    expect(db.prepare('SELECT * FROM runs').all()).toEqual([{ id: 'a', colour: 'green' }]);
    db.exec(`UPDATE runs SET colour = 'red'`);
    migrate(db, 'x', [FIRST, SECOND, THIRD]);
    expect(db.prepare('SELECT * FROM runs').all()).toEqual([{ id: 'a', colour: 'red' }]);
  });

  it('gives a new file all migrations', () => {
    const db = new Database(':memory:');
    migrate(db, 'x', [FIRST, SECOND, THIRD]);
    expect(version(db)).toBe(3);
  });

  it('does nothing at all when one fails', () => {
    const db = new Database(':memory:');
    migrate(db, 'x', [FIRST]);
    expect(() => migrate(db, 'x', [FIRST, SECOND, 'INSERT INTO nowhere VALUES (1)'])).toThrow('no such table: nowhere');
    expect(version(db)).toBe(1);
    expect(db.prepare('SELECT count(*) AS n FROM notes').get()).toEqual({ n: 0 });
  });
});
