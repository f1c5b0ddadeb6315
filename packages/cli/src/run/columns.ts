// Rows of text as columns: the first and those named are flush left, the others flush right.

import { printable } from '../printable.js';

export function columns(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = rows[0]!.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)));
  const cell = (text: string, c: number): string => (left.includes(c) ? text.padEnd(widths[c]!) : text.padStart(widths[c]!));
  return cells.map((row) => row.map(cell).join('   ').trimEnd()).join('\n');
}
