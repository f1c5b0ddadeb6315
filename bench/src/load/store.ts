// A store as it is after years: 10,000 runs, one of them with 100,000 generations, all copies of one that was really computed.

import Database from 'better-sqlite3';

export const RUNS = 10_000;
export const GENERATIONS = 100_000;
/** The one with many generations. */
export const LONG_RUN = 'f'.repeat(16);

/** Fills the store of a server that is not running; `template` is a run of it that has ended. */
export function fillStore(file: string, template: string): void {
  const db = new Database(file);
  const columns = (table: string): string[] => (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  /** Copies a run's rows of a table; `changes`: SQL in place of a column, `numbers` gives n, from 1. */
  const copy = (table: string, changes: Record<string, string>, numbers: number, where = ''): void => {
    const names = columns(table).filter((name) => changes[name] !== '');
    const key = table === 'runs' ? 'id' : 'run';
    db.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${numbers})
       INSERT INTO ${table} (${names.join(', ')})
       SELECT ${names.map((name) => changes[name] ?? `t.${name}`).join(', ')} FROM numbers, ${table} t WHERE t.${key} = ? ${where}`,
    ).run(template);
  };
  const id = `printf('%016x', n)`;
  db.transaction(() => {
    copy('runs', { id, name: `'run ' || n`, created_at: 't.created_at - 60000 * n' }, RUNS - 2);
    copy('checkpoints', { run: id }, RUNS - 2);
    copy('evaluations', { run: id }, RUNS - 2);
    copy('events', { id: '', run: id }, RUNS - 2);

    const long = `'${LONG_RUN}'`;
    copy('runs', { id: long, name: `'long'`, spec: `json_set(t.spec, '$.outer.generations', ${GENERATIONS})` }, 1);
    copy('checkpoints', { run: long }, 1, 'AND t.generation = 0');
    copy(
      'checkpoints',
      { run: long, generation: String(GENERATIONS) },
      1,
      `AND t.generation = (SELECT max(generation) FROM checkpoints WHERE run = t.run)`,
    );
    copy('evaluations', { run: long }, 1);
    copy('events', { id: '', run: long }, 1);
    copy(
      'generations',
      { run: long, generation: 'n - 1', metrics: `json_set(t.metrics, '$.generation', n - 1)` },
      GENERATIONS,
      'AND t.generation = 0',
    );
  })();
  db.close();
}
