// The supervised baselines: full-batch gradient descent on the labelled points of the rule's own tasks, from the rule's own
// initial weights, for as many steps. The learning rate is chosen on validation tasks that no report sees.

import type { InnerTrainer, LayerWeights, TaskData, Trial } from '@metaplast/kernel';
import type { BaselineLearner } from '@metaplast/protocol';
import { BackpropNetwork } from './backprop.js';

/** A baseline with its learning rate fixed. */
export interface Learner {
  kind: BaselineLearner['kind'];
  learningRate: number;
}

/** What the learning rates are chosen from (SCIENCE: 9 values each, SGD .003 to 10, Adam .0003 to .5). */
export const LEARNING_RATES: Readonly<Record<BaselineLearner['kind'], readonly number[]>> = {
  sgd: [0.003, 0.008, 0.02, 0.06, 0.2, 0.5, 1.3, 3.5, 10],
  adam: [0.0003, 0.001, 0.003, 0.008, 0.02, 0.05, 0.1, 0.2, 0.5],
};

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Moves the parameters by one step of gradient descent. */
type Step = (parameters: Float64Array, gradient: Float64Array) => void;

function sgd(learningRate: number): Step {
  return (parameters, gradient) => {
    for (let i = 0; i < parameters.length; i++) parameters[i]! -= learningRate * gradient[i]!;
  };
}

/** Adam (Kingma and Ba, 2015), with bias correction. */
function adam(learningRate: number, size: number): Step {
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  let power1 = 1;
  let power2 = 1;
  return (parameters, gradient) => {
    power1 *= BETA1;
    power2 *= BETA2;
    for (let i = 0; i < size; i++) {
      const g = gradient[i]!;
      mean[i] = BETA1 * mean[i]! + (1 - BETA1) * g;
      square[i] = BETA2 * square[i]! + (1 - BETA2) * g * g;
      const size1 = mean[i]! / (1 - power1);
      parameters[i]! -= (learningRate * size1) / (Math.sqrt(square[i]! / (1 - power2)) + EPSILON);
    }
  };
}

/** Trains on the labelled points for `steps` full-batch steps. `initial`: the weights of layers 1 to L. */
export function trainBackprop(data: TaskData, initial: readonly LayerWeights[], steps: number, learner: Learner): BackpropNetwork {
  const network = new BackpropNetwork(initial);
  const { parameters, gradient } = network;
  const step = learner.kind === 'sgd' ? sgd(learner.learningRate) : adam(learner.learningRate, parameters.length);
  for (let t = 0; t < steps; t++) {
    network.computeGradient(data.labelled);
    step(parameters, gradient);
  }
  return network;
}

/**
 * Trains the baseline on the kernel's prepared task (after prepare(); θ does not matter), once a learning rate, in their order.
 * The kernel stands at the task's initial weights afterwards.
 */
export function baselineTrials(kernel: InnerTrainer, learner: BaselineLearner): Trial[] {
  kernel.begin();
  const data = kernel.data();
  const initial = kernel.weights();
  return learner.learningRates.map((learningRate) =>
    trainBackprop(data, initial, kernel.config.steps, { kind: learner.kind, learningRate }).measure(data),
  );
}

/**
 * The learning rate of the highest mean test accuracy over validation tasks; of equal ones the first.
 * `trials`: [task][learning rate], as baselineTrials() gives them.
 */
export function bestLearningRate(learningRates: readonly number[], trials: readonly (readonly Trial[])[]): number {
  if (learningRates.length === 0 || trials.length === 0) throw new RangeError('no learning rates or no validation tasks to choose on');
  let best = 0;
  let bestAccuracy = Number.NEGATIVE_INFINITY;
  learningRates.forEach((_, k) => {
    let sum = 0;
    for (const task of trials) {
      const trial = task[k];
      if (task.length !== learningRates.length || !trial)
        throw new RangeError(`a task has ${task.length} trials, not ${learningRates.length}`);
      sum += trial.accuracy;
    }
    if (sum > bestAccuracy) {
      best = k;
      bestAccuracy = sum;
    }
  });
  return learningRates[best]!;
}
