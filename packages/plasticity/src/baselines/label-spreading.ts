// Label spreading: no network at all, but a graph of all points seen, over which the labels of a few spread. Made for data like
// two-moons, and expected to win there: it keeps every point, where a network sees ten at a time and forgets them.

import { type DataSet, exp, log, type Trial } from '@metaplast/kernel';
import { type Baseline, type BaselineTask, combinations, type Trainee } from './baseline.js';

/** Rounds of spreading at most, and the sum of changes that ends it before: scikit-learn's. */
const ROUNDS = 30;
const TOLERANCE = 1e-3;
/** Floor of a probability in the cross-entropy. */
const LEAST = 1e-7;

/** Largest graph, points: its matrix then has 128 MiB. */
export const MAX_GRAPH = 4096;

/** exp(−γ |a − b|²) of two rows of points. */
function affinity(a: Float32Array, i: number, b: Float32Array, j: number, inputs: number, gamma: number): number {
  let square = 0;
  for (let d = 0; d < inputs; d++) {
    const difference = a[i * inputs + d]! - b[j * inputs + d]!;
    square += difference * difference;
  }
  return exp(-gamma * square);
}

/**
 * Spreads labels over points (rows; the first labels.length have labels): F ← α S F + (1 − α) Y from F = Y, S the affinities
 * without self-affinity, each divided by the root of both points' sums. Returns F [point][class].
 */
export function spreadLabels(
  points: Float32Array,
  labels: Int32Array,
  inputs: number,
  classes: number,
  gamma: number,
  alpha: number,
  { rounds, tolerance } = { rounds: ROUNDS, tolerance: TOLERANCE },
): Float64Array {
  const n = points.length / inputs;
  if (n > MAX_GRAPH) throw new RangeError(`label spreading over ${n} points: at most ${MAX_GRAPH} are possible`);
  const s = new Float64Array(n * n);
  const degree = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const w = affinity(points, i, points, j, inputs, gamma);
      s[i * n + j] = w;
      s[j * n + i] = w;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) degree[i]! += s[i * n + j]!;
  const inverseRoot = degree.map((sum) => (sum > 0 ? 1 / Math.sqrt(sum) : 0));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) s[i * n + j]! *= inverseRoot[i]! * inverseRoot[j]!;
  const f = new Float64Array(n * classes);
  for (let k = 0; k < classes; k++) {
    const y = Float64Array.from({ length: n }, (_, i) => (labels[i] === k ? 1 : 0));
    spread(s, y, alpha, rounds, tolerance).forEach((value, i) => {
      f[i * classes + k] = value;
    });
  }
  return f;
}

/** One class's column of F. */
function spread(s: Float64Array, y: Float64Array, alpha: number, rounds: number, tolerance: number): Float64Array {
  const n = y.length;
  let f = y;
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(n);
    let change = 0;
    for (let i = 0; i < n; i++) {
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      const end = i * n + (n & ~3);
      let e = i * n;
      for (let j = 0; e < end; e += 4, j += 4) {
        sum0 += s[e]! * f[j]!;
        sum1 += s[e + 1]! * f[j + 1]!;
        sum2 += s[e + 2]! * f[j + 2]!;
        sum3 += s[e + 3]! * f[j + 3]!;
      }
      for (let j = n & ~3; j < n; j++, e++) sum0 += s[e]! * f[j]!;
      next[i] = alpha * (sum0 + sum1 + (sum2 + sum3)) + (1 - alpha) * y[i]!;
      change += Math.abs(next[i]! - f[i]!);
    }
    f = next;
    if (change < tolerance) break;
  }
  return f;
}

/** Class probabilities of new points: the seen points' F, each row as shares, weighed by affinity. Far from all: even odds. */
function answers(seen: Float32Array, f: Float64Array, points: Float32Array, inputs: number, classes: number, gamma: number): Float32Array {
  const n = seen.length / inputs;
  const shares = f.map((value, e) => {
    const row = f.subarray(classes * Math.floor(e / classes), classes * Math.floor(e / classes) + classes);
    const total = row.reduce((a, b) => a + b);
    return total > 0 ? value / total : 0;
  });
  const out = new Float32Array((points.length / inputs) * classes);
  for (let i = 0; i < points.length / inputs; i++) {
    const votes = new Float64Array(classes);
    for (let j = 0; j < n; j++) {
      const w = affinity(points, i, seen, j, inputs, gamma);
      for (let k = 0; k < classes; k++) votes[k]! += w * shares[j * classes + k]!;
    }
    const total = votes.reduce((a, b) => a + b);
    for (let k = 0; k < classes; k++) out[i * classes + k] = total > 0 ? votes[k]! / total : 1 / classes;
  }
  return out;
}

/** Mean cross-entropy and share of right answers (of equal ones the first). */
function score(probabilities: Float32Array, { labels }: DataSet, classes: number): { crossEntropy: number; accuracy: number } {
  let loss = 0;
  let hits = 0;
  labels.forEach((label, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    loss -= log(Math.max(row[label]!, LEAST));
    if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === label) hits++;
  });
  return { crossEntropy: loss / labels.length, accuracy: hits / labels.length };
}

export const LABEL_SPREADING = {
  kind: 'label-spreading',
  summary: 'labels spread over the graph of all points seen (Zhou et al., 2004); no network',
  hyperparameters: ['gamma', 'alpha'],
  grid: combinations([1, 3, 10, 30, 100], [0.2, 0.9]),
  start({ data, initial, unlabelled }: BaselineTask, [gamma, alpha]: readonly number[]): Trainee {
    const { labelled } = data;
    const classes = initial.at(-1)!.biases.length;
    const inputs = labelled.points.length / labelled.labels.length;
    let steps = 0;
    const predict = (points: Float32Array): Float32Array => {
      const seen = new Float32Array(labelled.points.length + steps * unlabelled * inputs);
      seen.set(labelled.points);
      seen.set(data.unlabelled.points.subarray(0, steps * unlabelled * inputs), labelled.points.length);
      const f = spreadLabels(seen, labelled.labels, inputs, classes, gamma!, alpha!);
      return answers(seen, f, points, inputs, classes, gamma!);
    };
    return {
      step(t) {
        steps = t + 1;
      },
      predict,
      measure(): Trial {
        const both = new Float32Array(data.test.points.length + labelled.points.length);
        both.set(data.test.points);
        both.set(labelled.points, data.test.points.length);
        const probabilities = predict(both);
        const rows = data.test.labels.length * classes;
        const train = score(probabilities.subarray(rows), labelled, classes);
        return { ...score(probabilities.subarray(0, rows), data.test, classes), trainCrossEntropy: train.crossEntropy };
      },
    };
  },
} as const satisfies Baseline;
