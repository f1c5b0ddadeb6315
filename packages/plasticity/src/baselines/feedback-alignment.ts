// Feedback alignment: the error goes down through random weights that never change, the rule's own initial V, instead of Wᵀ.

import { BackpropNetwork } from './backprop.js';
import { type Baseline, type BaselineTask, combinations } from './baseline.js';
import { gradientTrainee, sgd } from './steps.js';
import { SGD_RATES } from './supervised.js';

export const FEEDBACK_ALIGNMENT = {
  kind: 'feedback-alignment',
  summary: 'fixed random feedback weights on the labelled points (Lillicrap et al., 2016), gradient descent',
  hyperparameters: ['learningRate'],
  grid: combinations(SGD_RATES),
  start(task: BaselineTask, [learningRate]: readonly number[]) {
    const network = new BackpropNetwork(task.initial, 'feedback');
    return gradientTrainee(network, task, sgd(learningRate!), () => network.computeGradient(task.data.labelled));
  },
} as const satisfies Baseline;
