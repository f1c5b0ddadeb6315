// What a baseline is: a learner without θ that is given what the rule is given. All have this shape, one a file.

import type { LayerWeights, TaskData, Trial } from '@metaplast/kernel';
import type { BaselineKind } from '@metaplast/protocol';

/** A task as a baseline meets it: the rule's data, and the rule's initial weights of layers 1 to L. */
export interface BaselineTask {
  data: TaskData;
  initial: readonly LayerWeights[];
  /** Unlabelled points a step: batch t are rows t · unlabelled … of `data.unlabelled`, whose labels only the ceiling may use. */
  unlabelled: number;
}

/** A learner in the midst of a task. */
export interface Trainee {
  /** Step t = 0, 1, … in order. */
  step(t: number): void;
  /** Class probabilities [point][class] for rows of points. */
  predict(points: Float32Array): Float32Array;
  measure(): Trial;
}

export interface Baseline {
  kind: BaselineKind;
  /** One line, with its source. */
  summary: string;
  hyperparameters: readonly string[];
  /** What the hyperparameters are chosen from, on validation tasks. */
  grid: readonly (readonly number[])[];
  /** At the task's initial weights. */
  start(task: BaselineTask, setting: readonly number[]): Trainee;
}

/** All combinations, the first hyperparameter slowest. */
export const combinations = (...values: readonly (readonly number[])[]): number[][] =>
  values.reduce<number[][]>((rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])), [[]]);
