// From addresses to tensors: tasks, data and initial weights are the kernel's, for they are part of what a run means; what is
// computed with them is TensorFlow.js's.

import type { InnerTrainer, LayerWeights, TaskData } from '@metaplast/kernel';
import { type BaselineTask, preparedTask } from '@metaplast/plasticity';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, LabelledSet } from './training.js';

/** A task as the kernel drew it. */
export interface DrawnTask extends BaselineTask {
  /** Input first. */
  widths: readonly number[];
}

/** A training to be made: θ on a task. */
export interface Member {
  task: DrawnTask;
  theta: Float32Array;
}

/** What stands prepared in a kernel. */
export const drawnTask = (kernel: InnerTrainer): DrawnTask => ({ ...preparedTask(kernel), widths: kernel.widths() });

/** Members can be trained together when they agree in this. */
export const shapeOf = ({ task }: Member): string => JSON.stringify([task.widths, task.data.labelled.labels.length]);

/** A tensor [n, ...shape] of an array a member. */
function stack(members: readonly Member[], shape: readonly number[], valuesOf: (task: DrawnTask) => Float32Array): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(members.length * size);
  members.forEach(({ task }, i) => void values.set(valuesOf(task), i * size));
  return tf.tensor(values, [members.length, ...shape]);
}

/** Members of one shape as tensors, for the caller to dispose of. */
export function makeBatch(members: readonly Member[], inputs: number, classes: number): Batch {
  const { widths, data } = members[0]!.task;
  const points = (set: keyof TaskData): tf.Tensor => stack(members, [data[set].labels.length, inputs], (task) => task.data[set].points);
  const oneHot = (labels: Int32Array): Float32Array =>
    Float32Array.from({ length: labels.length * classes }, (_, i) => (labels[Math.floor(i / classes)] === i % classes ? 1 : 0));
  const labelledSet = (set: 'labelled' | 'test'): LabelledSet => ({
    points: points(set),
    labels: stack(members, [data[set].labels.length, classes], (task) => oneHot(task.data[set].labels)),
  });
  // The kernel's matrices are [to][from], the tensors' [from, to].
  const matrix = (l: number, which: keyof LayerWeights, to: number, from: number): tf.Tensor =>
    tf.transpose(
      stack(members, [to, from], ({ initial }) => initial[l]![which]),
      [0, 2, 1],
    );
  const layers = widths.slice(1).map((width, i) => ({
    forward: matrix(i, 'forward', width, widths[i]!),
    biases: matrix(i, 'biases', width, 1),
    feedback: matrix(i, 'feedback', widths[i]!, width),
    lateral: matrix(i, 'lateral', width, width),
  }));
  const theta = tf.stack(members.map((member) => tf.tensor1d(member.theta))) as tf.Tensor2D;
  return { theta, layers, labelled: labelledSet('labelled'), unlabelled: points('unlabelled'), test: labelledSet('test') };
}
