// Points of a user's own from CSV: a header, a column with class names (empty where the class is not known), numbers in all others.

import { CsvError, parse } from 'csv-parse/sync';
import { readFile } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { suggestion } from '../spec/suggest.js';

export interface Points {
  /** Names of the columns that are coordinates. */
  columns: string[];
  /** Names of the classes, sorted; a label is an index. */
  classes: string[];
  /** Rows of coordinates, scaled; a column that never changes is 0. */
  rows: Float32Array;
  /** A row's class, -1 where it has none. */
  labels: Int32Array;
}

/**
 * Zero mean a column, then unit variance: of every column, or of the columns' mean with one factor for all, which leaves the
 * shape of data whose columns have the same unit as it is.
 */
export const SCALES = ['columns', 'together'] as const;
export type Scale = (typeof SCALES)[number];

/** Larger files are no few labelled points. */
const MAX_BYTES = 32 << 20;
const MAX_COLUMNS = 64;
const MAX_CLASSES = 16;
/** Its square is far from overflow. */
const LARGEST = 1e100;

type Row = { record: Record<string, string>; info: { lines: number } };

/** Throws InputError that names line and column. */
export function readPoints(path: string, labelColumn: string, scale: Scale = 'columns'): Points {
  const list = parseRows(path);
  const names = Object.keys(list[0]?.record ?? {});
  if (list.length === 0) throw new InputError(`${path} has no rows below its header`);
  if (!names.includes(labelColumn)) {
    throw new InputError(`${path} has no column ${JSON.stringify(labelColumn)} for --labels; ${suggestion(labelColumn, names)}`);
  }
  const columns = names.filter((name) => name !== labelColumn);
  if (columns.length < 1 || columns.length > MAX_COLUMNS) {
    throw new InputError(`${path} has ${columns.length} columns besides ${labelColumn}; 1 to ${MAX_COLUMNS} are allowed`);
  }
  const texts = list.map(({ record }) => record[labelColumn]!);
  const classes = [...new Set(texts.filter((text) => text !== ''))].sort();
  if (classes.length < 2 || classes.length > MAX_CLASSES) {
    throw new InputError(`${path} has ${classes.length} classes in column ${labelColumn}; 2 to ${MAX_CLASSES} are allowed`);
  }
  const coordinates = scaled(
    columns.map((name) => list.map((row) => number(path, row, name))),
    scale,
  );
  const rows = Float32Array.from(
    { length: list.length * columns.length },
    (_, i) => coordinates[i % columns.length]![Math.floor(i / columns.length)]!,
  );
  return { columns, classes, rows, labels: Int32Array.from(texts, (text) => classes.indexOf(text)) };
}

function parseRows(path: string): Row[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFile(path, MAX_BYTES));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`${path} is not text in UTF-8`, { cause });
  }
  try {
    return parse(text, { columns: header(path), info: true, trim: true, skip_empty_lines: true }) as unknown as Row[];
  } catch (error) {
    if (error instanceof CsvError) throw new InputError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

const header =
  (path: string) =>
  (names: string[]): string[] => {
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new InputError(`${path} has two columns ${JSON.stringify(twice)}`);
    return names;
  };

function number(path: string, { record, info }: Row, name: string): number {
  const text = record[name]!;
  const value = Number(text);
  if (text !== '' && Math.abs(value) <= LARGEST) return value;
  const allowed = Number.isFinite(value) && text !== '' ? `a number in [-${LARGEST}, ${LARGEST}]` : 'a number';
  throw new InputError(`${path}: line ${info.lines}: column ${name} must be ${allowed}, was ${JSON.stringify(text)}`);
}

function scaled(columns: readonly (readonly number[])[], scale: Scale): number[][] {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
  const centred = columns.map((values) => {
    const middle = values.every((v) => v === values[0]) ? values[0]! : mean(values); // the mean is rounded
    return values.map((v) => v - middle);
  });
  const variances = centred.map((values) => mean(values.map((v) => v * v)));
  return centred.map((values, c) => {
    const deviation = Math.sqrt(scale === 'columns' ? variances[c]! : mean(variances));
    return values.map((v) => (deviation > 0 ? v / deviation : 0));
  });
}
