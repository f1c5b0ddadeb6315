// How gradients move parameters, and the trainee that they make of a network.

import type { BackpropNetwork } from './backprop.js';
import type { BaselineTask, Trainee } from './baseline.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Moves the parameters by one step of gradient descent. */
export type Step = (parameters: Float64Array, gradient: Float64Array) => void;

export function sgd(learningRate: number): Step {
  return (parameters, gradient) => {
    for (let i = 0; i < parameters.length; i++) parameters[i]! -= learningRate * gradient[i]!;
  };
}

/** Adam (Kingma and Ba, 2015), with bias correction. */
export function adam(learningRate: number, size: number): Step {
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

/** A network that goes down a gradient: `computeGradient` fills network.gradient for step t. */
export function gradientTrainee(
  network: BackpropNetwork,
  { data }: BaselineTask,
  step: Step,
  computeGradient: (t: number) => void,
): Trainee & { network: BackpropNetwork } {
  return {
    network,
    step(t) {
      computeGradient(t);
      step(network.parameters, network.gradient);
    },
    predict: (points) => network.predict(points),
    measure: () => network.measure(data),
  };
}
