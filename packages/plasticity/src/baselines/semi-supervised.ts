// What pseudo-labels and entropy minimisation share: gradient descent on the cross-entropy of the labelled points plus
// `weight` times a loss of the step's unlabelled ones.

import { BackpropNetwork } from './backprop.js';
import { type BaselineTask, combinations } from './baseline.js';
import { joinedBatch } from './batch.js';
import { gradientTrainee, sgd } from './steps.js';

/** Learning rates around the best supervised ones × weights of the unlabelled points' loss. */
export const GRID = combinations([0.2, 0.5, 1.3], [0.03, 0.1, 0.3, 1]);

/** Fills `error` with the derivative, by the logits, of an unlabelled point's loss at class probabilities p. */
export type UnlabelledError = (p: Float64Array, error: Float64Array) => void;

export function semiSupervised(task: BaselineTask, [learningRate, weight]: readonly number[], unlabelledError: UnlabelledError) {
  const network = new BackpropNetwork(task.initial);
  const { labels } = task.data.labelled;
  const factor = weight! / task.unlabelled;
  return gradientTrainee(network, task, sgd(learningRate!), (t) => {
    const { points } = joinedBatch(task, t);
    network.computeGradientOf(points, labels.length + task.unlabelled, (b, p, error) => {
      if (b < labels.length) {
        for (let k = 0; k < p.length; k++) error[k] = (p[k]! - (k === labels[b] ? 1 : 0)) / labels.length;
      } else {
        unlabelledError(p, error);
        for (let k = 0; k < p.length; k++) error[k]! *= factor;
      }
    });
  });
}
