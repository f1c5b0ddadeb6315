// The module's exports: what src/kernel.ts calls.

import { allocate, mark } from "./arena";
import { configPointer, lossCap } from "./config";
import { measureLabelled, measureTest, prepare, step, train, start } from "./inner";
import { accuracy, meanCrossEntropy } from "./network";
import { fillGaussian, setAddress } from "./philox";
import { allocateRule, thetaLength } from "./rule";
import { PERTURBATION } from "./streams";

export { allocate, configPointer, setAddress, step };
export { fillGaussian, fillUniform, philoxScalarTo, philoxVectorTo, setSeed, uniformAt } from "./philox";
export { cosTurns, exp, log, sinTurns, tanh } from "./math";
export {
  labelled, labelledLabels, labelledPoints, testLabels, testPoints, unlabelledLabels, unlabelledPoints,
} from "./data";
export { biases, feedbackWeights, forwardWeights, lateralWeights, predict, stride, width } from "./network";
export { accuracy, meanCrossEntropy } from "./network";
export { measureLabelled, measureTest } from "./inner";

let center: usize = 0;
let epsilon: usize = 0;
let perturbed: usize = 0;
let base: usize = 0;

/** Takes the configuration written at configPointer(); returns where θ goes. */
export function configure(): usize {
  const bytes = (<usize>thetaLength() << 2) + 64;
  center = allocate(bytes);
  epsilon = allocate(bytes);
  perturbed = allocate(bytes);
  allocateRule();
  base = mark();
  return center;
}

/** Draws task, data and initial weights of an address, ready for begin(). */
export function prepareTask(domain: u32, generation: u32, pair: u32, task: u32): void {
  setAddress(domain, generation, pair, task);
  prepare(base);
}

/** Starts a training of the prepared task with θ itself. */
export function begin(): void {
  start(center);
}

function perturb(sigma: f32): void {
  const bytes = <usize>thetaLength() << 2;
  for (let i: usize = 0; i < bytes; i += 4) {
    store<f32>(perturbed + i, load<f32>(center + i) + sigma * load<f32>(epsilon + i));
  }
}

/** The capped test loss of one member; a loss that is not a number stays one, to be counted. */
function memberLoss(): f32 {
  train(perturbed);
  measureTest();
  return meanCrossEntropy > lossCap() ? lossCap() : meanCrossEntropy;
}

/** Losses (+, -) of antithetic pairs first .. first + pairs - 1, each on `tasks` tasks: [pair][task][sign] at `out`. */
export function evaluatePairs(generation: u32, first: u32, pairs: i32, tasks: i32, sigma: f32, out: usize): void {
  for (let p = 0; p < pairs; p++) {
    setAddress(0, generation, first + p, 0);
    fillGaussian(PERTURBATION, thetaLength(), epsilon);
    for (let task = 0; task < tasks; task++) {
      prepareTask(0, generation, first + p, task);
      perturb(sigma);
      store<f32>(out, memberLoss());
      perturb(-sigma);
      store<f32>(out, memberLoss(), 4);
      out += 8;
    }
  }
}

/** Trains θ itself on trials first .. first + trials - 1; [trial][test cross-entropy, test accuracy, training cross-entropy] at `out`. */
export function evaluateTrials(domain: u32, generation: u32, first: u32, trials: i32, out: usize): void {
  for (let i = 0; i < trials; i++) {
    prepareTask(domain, generation, first + i, 0);
    train(center);
    measureTest();
    store<f32>(out, meanCrossEntropy);
    store<f32>(out, accuracy, 4);
    measureLabelled();
    store<f32>(out, meanCrossEntropy, 8);
    out += 12;
  }
}
