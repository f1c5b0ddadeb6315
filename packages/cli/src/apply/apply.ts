// A rule against backprop on points of a user's own: several times a few labels are drawn, all other rows are unlabelled, and
// accuracy is measured on those of them whose class is known.

import { type DataSet, DOMAIN, STREAM, uniform } from '@metaplast/kernel';
import { BASELINES, type OwnData, ownTask, train } from '@metaplast/plasticity';
import { meanAndError, type ThetaFile } from '@metaplast/training';
import { InputError } from '../errors.js';
import type { Points } from './points.js';

/** Mean over repeats and its standard error. */
export interface Mean {
  mean: number;
  se: number;
}

export interface Applied {
  rule: Mean;
  /** Gradient descent, one entry a learning rate. */
  backprop: { learningRate: number; accuracy: Mean; ruleMinusBackprop: Mean }[];
  /** The rule's class probabilities, means over repeats: [row][class]. */
  probabilities: Float64Array;
}

export interface ApplyOptions {
  /** Labelled points a class. */
  labelled: number;
  repeats: number;
}

/** Throws InputError when a class has too few rows. */
export function applyRule(file: ThetaFile, points: Points, { labelled, repeats }: ApplyOptions): Applied {
  requireRows(points, labelled);
  const rates = BASELINES.sgd.grid.map(([rate]) => rate!);
  const rule: number[] = [];
  const backprop = rates.map((): number[] => []);
  const probabilities = new Float64Array(points.labels.length * points.classes.length);
  for (let seed = 1; seed <= repeats; seed++) {
    const { data, all, test, testRows } = split(points, labelled, seed);
    const task = ownTask(file, data, seed);
    rates.forEach((rate, i) => {
      backprop[i]!.push(accuracy(train(task, task.backprop(rate)).predict(test.points), test.labels, points.classes.length));
    });
    const trained = train(task, task.rule);
    const answers = trained.predict(all);
    rule.push(accuracy(answers, test.labels, points.classes.length, (i) => testRows[i]!));
    answers.forEach((p, i) => {
      probabilities[i]! += p / repeats;
    });
  }
  return {
    rule: meanAndError(rule),
    backprop: rates.map((learningRate, i) => ({
      learningRate,
      accuracy: meanAndError(backprop[i]!),
      ruleMinusBackprop: meanAndError(rule.map((a, r) => a - backprop[i]![r]!)),
    })),
    probabilities,
  };
}

function requireRows({ classes, labels }: Points, labelled: number): void {
  classes.forEach((name, k) => {
    const rows = labels.filter((label) => label === k).length;
    if (rows > labelled) return;
    const advice = rows > 1 ? `give --labelled ${rows - 1} at most` : 'every class needs two rows at least';
    throw new InputError(
      `class ${JSON.stringify(name)} has ${rows} rows: with --labelled ${labelled} none is left to measure on; ${advice}`,
    );
  });
}

/** The rows' coordinates as the kernel takes them: a second column of zeros where there is only one. */
function padded({ rows, columns }: Points): { all: Float32Array; inputs: number } {
  if (columns.length > 1) return { all: rows, inputs: columns.length };
  return { all: Float32Array.from({ length: 2 * rows.length }, (_, i) => (i % 2 === 0 ? rows[i / 2]! : 0)), inputs: 2 };
}

interface Split {
  /** To train on. */
  data: OwnData;
  /** All rows' points. */
  all: Float32Array;
  /** To measure on, and which rows these are. */
  test: DataSet;
  testRows: number[];
}

function split(points: Points, labelled: number, seed: number): Split {
  const { all, inputs } = padded(points);
  const { labels, classes } = points;
  const at = { domain: DOMAIN.figure, generation: 1, pair: 0, task: 0 } as const;
  const order = uniform(seed, at, STREAM.substitute, new Float32Array(labels.length));
  const shuffled = [...labels.keys()].sort((a, b) => order[a]! - order[b]! || a - b);
  const chosen = classes.flatMap((_, k) => shuffled.filter((row) => labels[row] === k).slice(0, labelled));
  const isChosen = new Set(chosen);
  const rest = [...labels.keys()].filter((row) => !isChosen.has(row));
  const testRows = rest.filter((row) => labels[row]! >= 0);
  const gather = (rows: readonly number[]): Float32Array =>
    Float32Array.from({ length: rows.length * inputs }, (_, i) => all[rows[Math.floor(i / inputs)]! * inputs + (i % inputs)]!);
  const set = (rows: readonly number[]): DataSet => ({ points: gather(rows), labels: Int32Array.from(rows, (row) => labels[row]!) });
  return {
    data: { inputs, classes: classes.length, labelled: set(chosen), unlabelled: gather(rest) },
    all,
    test: set(testRows),
    testRows,
  };
}

/** Of equal probabilities the first class is the answer. `rowOf`: where a label's are in p. */
const accuracy = (p: Float32Array, labels: Int32Array, classes: number, rowOf = (i: number): number => i): number =>
  labels.filter((label, i) => likeliest(p, rowOf(i), classes) === label).length / labels.length;

export function likeliest(p: ArrayLike<number>, row: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (p[row * classes + k]! > p[row * classes + best]!) best = k;
  return best;
}
