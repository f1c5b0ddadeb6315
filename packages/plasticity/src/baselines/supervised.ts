// The supervised baselines: full-batch gradient descent on the labelled points of the rule's own tasks, from the rule's own
// initial weights, for as many steps. The learning rate is chosen on validation tasks that no report sees.

import { BackpropNetwork } from './backprop.js';
import { type Baseline, type BaselineTask, combinations } from './baseline.js';
import { adam, gradientTrainee, sgd } from './steps.js';

/** Learning rates of plain gradient descent (SCIENCE: 9 values, .003 to 10). */
export const SGD_RATES = [0.003, 0.008, 0.02, 0.06, 0.2, 0.5, 1.3, 3.5, 10] as const;
/** Learning rates of Adam (SCIENCE: 9 values, .0003 to .5). */
export const ADAM_RATES = [0.0003, 0.001, 0.003, 0.008, 0.02, 0.05, 0.1, 0.2, 0.5] as const;

export const SGD = {
  kind: 'sgd',
  summary: 'backprop on the labelled points, gradient descent',
  hyperparameters: ['learningRate'],
  grid: combinations(SGD_RATES),
  start(task: BaselineTask, [learningRate]: readonly number[]) {
    const network = new BackpropNetwork(task.initial);
    return gradientTrainee(network, task, sgd(learningRate!), () => network.computeGradient(task.data.labelled));
  },
} as const satisfies Baseline;

export const ADAM = {
  kind: 'adam',
  summary: 'backprop on the labelled points, Adam',
  hyperparameters: ['learningRate'],
  grid: combinations(ADAM_RATES),
  start(task: BaselineTask, [learningRate]: readonly number[]) {
    const network = new BackpropNetwork(task.initial);
    const step = adam(learningRate!, network.parameters.length);
    return gradientTrainee(network, task, step, () => network.computeGradient(task.data.labelled));
  },
} as const satisfies Baseline;
