// The ceiling: backprop on the rule's own batches, but with the labels of all their points.

import { BackpropNetwork } from './backprop.js';
import { type Baseline, type BaselineTask, combinations } from './baseline.js';
import { joinedBatch } from './batch.js';
import { adam, gradientTrainee } from './steps.js';
import { ADAM_RATES } from './supervised.js';

export const ALL_LABELS = {
  kind: 'all-labels',
  summary: 'backprop on the rule’s batches with the labels of all points (a ceiling), Adam',
  hyperparameters: ['learningRate'],
  grid: combinations(ADAM_RATES),
  start(task: BaselineTask, [learningRate]: readonly number[]) {
    const network = new BackpropNetwork(task.initial);
    const step = adam(learningRate!, network.parameters.length);
    return gradientTrainee(network, task, step, (t) => network.computeGradient(joinedBatch(task, t)));
  },
} as const satisfies Baseline;
