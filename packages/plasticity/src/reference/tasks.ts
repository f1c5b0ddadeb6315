// The oracle's tasks: a component of the mixture, its parameters, and the data sets drawn from it.
//
// Decisions between whole numbers (which component, how many of a class) are taken in float32 where the kernel does, so that
// both decide alike; all else is float64.

import { type Distribution, type KernelConfig, PARAMETERS, type ParameterName, STREAM } from '@metaplast/kernel';
import { FAMILY_POINTS } from './families.js';
import type { Draws } from './random.js';

/** Points as rows, and a label each. */
export interface ReferenceSet {
  points: Float64Array;
  labels: Int32Array;
}

/** Data of one task; `unlabelled` holds the batches of all inner steps in order. */
export interface ReferenceData {
  labelled: ReferenceSet;
  unlabelled: ReferenceSet;
  test: ReferenceSet;
}

/** Where things stand in the stream `task`: uniforms. Hidden layer l (from 1) has element 1 + l. */
const COMPONENT = 0;
const LABEL_COUNT = 1;
const LABEL_SWAP = 5;
const FIRST_PARAMETER = 8;
const FIRST_OF_FAMILY = 16;
/** And in the stream `taskNormal`: 16 of the family's own, then stretch and offset (an element a dimension), then blob centres. */
const FIRST_STRETCH = 16;

/** One of several values, equally likely. */
function choose(values: readonly number[], u: number): number {
  return values[Math.min(Math.floor(u * values.length), values.length - 1)]!;
}

/** The width of hidden layer l (from 1) in this task. */
export function hiddenWidth(config: KernelConfig, draws: Draws, l: number): number {
  return choose(config.hidden[l - 1]!, draws.uniform(STREAM.task, 1 + l));
}

function value(d: Distribution, u: number): number {
  if (typeof d === 'number') return d;
  if ('uniform' in d) return d.uniform[0] + u * (d.uniform[1] - d.uniform[0]);
  if ('logUniform' in d) return d.logUniform[0] * (d.logUniform[1] / d.logUniform[0]) ** u;
  return choose(d.choice, u);
}

/** The component whose share of (0, 1] holds u. */
function componentOf(tasks: KernelConfig['tasks'], u: number): KernelConfig['tasks'][number] {
  const total = tasks.reduce((sum, task) => sum + task.weight, 0);
  let cumulative = 0;
  for (const task of tasks) {
    cumulative += task.weight / total;
    if (u <= Math.fround(cumulative)) return task;
  }
  return tasks.at(-1)!;
}

/** To the nearest whole number, halves to the even one. */
function nearest(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

/** Draws the task of an address and all its data. */
export function drawData(config: KernelConfig, draws: Draws): ReferenceData {
  const { inputs: D, classes, tasks } = config;
  const task = componentOf(tasks, draws.uniform(STREAM.task, COMPONENT));
  const params = Object.fromEntries(
    PARAMETERS.map((name, i) => [name, value(task.params[name], draws.uniform(STREAM.task, FIRST_PARAMETER + i))]),
  ) as Record<ParameterName, number>;
  const normals = draws.normals(STREAM.taskNormal, FIRST_STRETCH + 2 * D + D * classes);
  const pointOf = FAMILY_POINTS[task.family]({
    separation: params.separation,
    noise: params.noise,
    dimensions: D,
    uniform: (index, low, high) => low + draws.uniform(STREAM.task, FIRST_OF_FAMILY + index) * (high - low),
    normal: (index) => normals[index]!,
    centre: (c, d) => normals[FIRST_STRETCH + 2 * D + c * D + d]!,
  });

  // What all families share: a factor an axis, a rotation of the first two axes, a shift an axis; the order of the labels.
  const factor = Array.from({ length: D }, (_, d) => params.scale * Math.exp(params.stretch * normals[FIRST_STRETCH + d]!));
  const shift = Array.from({ length: D }, (_, d) => params.offset * normals[FIRST_STRETCH + D + d]!);
  const cos = Math.cos(2 * Math.PI * params.rotation);
  const sin = Math.sin(2 * Math.PI * params.rotation);
  const transform = (point: number[]): number[] => {
    const [x, y, ...rest] = point.map((p, d) => p * factor[d]!) as [number, number, ...number[]];
    return [cos * x - sin * y, sin * x + cos * y, ...rest].map((p, d) => p + shift[d]!);
  };
  const swap = draws.uniform(STREAM.task, LABEL_SWAP) <= Math.fround(params.labelSwap);

  const balance = Math.fround(params.balance);
  /** Labelled and test points: the first round(n · balance) are of class 0, the others take turns. */
  const inShares = (i: number, n: number): number => {
    const first = Math.max(1, Math.min(nearest(Math.fround(n * balance)), Math.max(1, n - 1)));
    return i < first ? 0 : 1 + ((i - first) % (classes - 1));
  };
  /** Unlabelled points: class 0 with probability `balance`, the others equally likely. */
  const atRandom = (u: number): number => {
    if (u <= balance) return 0;
    const others = classes - 1;
    return 1 + Math.min(Math.floor(((u - balance) / (1 - balance)) * others), others - 1);
  };

  /** A point takes 4 uniforms (class, the family's own, two spare) and D normals, rounded up to 4. */
  const drawSet = (kind: number, n: number, shares: boolean): ReferenceSet => {
    const each = 4 * Math.ceil(D / 4);
    const u = draws.uniforms(kind, 4 * n);
    const g = draws.normals(kind + 1, each * n);
    const set = { points: new Float64Array(n * D), labels: new Int32Array(n) };
    for (let i = 0; i < n; i++) {
      const c = shares ? inShares(i, n) : atRandom(u[4 * i]!);
      set.labels[i] = swap ? classes - 1 - c : c;
      set.points.set(transform(pointOf(c, u[4 * i + 1]!, g.subarray(each * i, each * i + D))), i * D);
    }
    return set;
  };
  return {
    labelled: drawSet(STREAM.labelled, choose(config.labelled, draws.uniform(STREAM.task, LABEL_COUNT)), true),
    unlabelled: drawSet(STREAM.unlabelled, config.steps * config.unlabelled, false),
    test: drawSet(STREAM.test, config.test, true),
  };
}
