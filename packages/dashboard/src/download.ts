// Files that the page gives to the user.

export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name.replaceAll(/[^\w.-]+/g, '-');
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Rows as CSV; numbers keep all their digits. */
export function csv(header: readonly string[], rows: Iterable<readonly (number | null | undefined)[]>): Blob {
  const lines = [header.join(',')];
  for (const row of rows) lines.push(row.map((value) => value ?? '').join(','));
  return new Blob([`${lines.join('\n')}\n`], { type: 'text/csv' });
}
