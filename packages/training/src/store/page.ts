// A page of a table, newest first.

/** SELECT of a page. Conditions that are not asked for (false) are left out, so that an index serves the rest; `limit` and, for `before`, `createdAt` and `id` are bound by name. */
export function pageQuery(table: string, columns: string, before: unknown, filters: readonly (string | false)[]): string {
  const conditions = [...filters, before !== undefined && '(created_at, id) < (@createdAt, @id)'].filter(Boolean);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return `SELECT ${columns} FROM ${table} ${where} ORDER BY created_at DESC, id DESC LIMIT @limit`;
}
