// The batch of a step, as the rule has it: the labelled points, then the step's unlabelled ones.

import type { DataSet } from '@metaplast/kernel';
import type { BaselineTask } from './baseline.js';

/** Labelled points first; the labels of the others are true ones, for the ceiling alone. */
export function joinedBatch({ data: { labelled, unlabelled }, unlabelled: fresh }: BaselineTask, t: number): DataSet {
  const inputs = labelled.points.length / labelled.labels.length;
  const points = new Float32Array(labelled.points.length + fresh * inputs);
  points.set(labelled.points);
  points.set(unlabelled.points.subarray(t * fresh * inputs, (t + 1) * fresh * inputs), labelled.points.length);
  const labels = new Int32Array(labelled.labels.length + fresh);
  labels.set(labelled.labels);
  labels.set(unlabelled.labels.subarray(t * fresh, (t + 1) * fresh), labelled.labels.length);
  return { points, labels };
}
