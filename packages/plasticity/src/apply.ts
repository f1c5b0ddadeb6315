// A learned rule on data of your own: a fresh base network, trained by the rule on a few labelled points and many unlabelled ones.
// Any dimension and number of classes: the rule sees neither, only what single neurons are told.

import { type DataSet, DOMAIN, Kernel, STREAM, type TaskData, uniform } from '@metaplast/kernel';
import type { RunSpec } from '@metaplast/protocol';
import type { BaselineTask, Trainee } from './baselines/baseline.js';
import { BASELINES } from './baselines/registry.js';
import { preparedTask } from './baselines/trials.js';
import { kernelConfig } from './compile.js';
import { FAMILY_DEFAULTS } from './families.js';

/** Points are rows of `inputs` numbers, best of zero mean and unit variance a column, as the rule's tasks were. */
export interface OwnData {
  inputs: number;
  classes: number;
  labelled: DataSet;
  /** Drawn from at random, with replacement, a batch a step; may be empty. */
  unlabelled: Float32Array;
}

/** A network before its training: the rule's and backprop's, from the same initial weights. */
export interface OwnTask {
  steps: number;
  rule: Trainee;
  /** Gradient descent on the labelled points. */
  backprop(learningRate: number): Trainee;
}

/** What the kernel takes. */
const OWN_LIMITS = { inputs: [2, 64], classes: [2, 16], labelled: [2, 1024] } as const;

/**
 * Draws initial weights and batches from `seed`. `spec`: the rule's own, whose network, steps and batch size are kept.
 * Throws RangeError for data that are not what they should be.
 */
export function ownTask({ spec, theta }: { spec: RunSpec; theta: Float32Array }, data: OwnData, seed = 1): OwnTask {
  const { inputs, classes, labelled, unlabelled } = checked(data);
  const fresh = unlabelled.length > 0 ? spec.inner.unlabelled : 0;
  const blobs = { family: 'blobs', weight: 1, params: { ...FAMILY_DEFAULTS.blobs, balance: 1 / classes } } as const;
  const config = { ...kernelConfig(spec), inputs, classes, labelled: [labelled.labels.length], unlabelled: fresh, test: 1, tasks: [blobs] };
  const kernel = new Kernel(config);
  kernel.setSeed(seed);
  kernel.setTheta(theta);
  const at = { domain: DOMAIN.figure, generation: 0, pair: 0, task: 0 } as const;
  kernel.prepare(at);
  const own: TaskData = { ...kernel.data(), labelled, unlabelled: kernel.data().unlabelled };
  const which = uniform(seed, at, STREAM.substitute, new Float32Array(fresh * config.steps));
  const rows = unlabelled.length / inputs;
  which.forEach((u, i) => {
    const row = Math.min(Math.floor(u * rows), rows - 1);
    own.unlabelled.points.set(unlabelled.subarray(row * inputs, (row + 1) * inputs), i * inputs);
  });
  kernel.setData(own);
  const task: BaselineTask = preparedTask(kernel);
  return { steps: config.steps, rule: kernel, backprop: (learningRate) => BASELINES.sgd.start(task, [learningRate]) };
}

/** Takes all steps. */
export function train({ steps }: Pick<OwnTask, 'steps'>, trainee: Trainee): Trainee {
  for (let t = 0; t < steps; t++) trainee.step(t);
  return trainee;
}

function checked(data: OwnData): OwnData {
  const { inputs, classes, labelled, unlabelled } = data;
  const bounded = (name: keyof typeof OWN_LIMITS, value: number): void => {
    const [low, high] = OWN_LIMITS[name];
    if (!Number.isInteger(value) || value < low || value > high)
      throw new RangeError(`${name} must be from ${low} to ${high}, was ${value}`);
  };
  bounded('inputs', inputs);
  bounded('classes', classes);
  bounded('labelled', labelled.labels.length);
  if (labelled.points.length !== inputs * labelled.labels.length || unlabelled.length % inputs !== 0) {
    throw new RangeError(`points must be rows of ${inputs} numbers, one row a label`);
  }
  if (labelled.labels.some((label) => label < 0 || label >= classes)) throw new RangeError(`labels must be from 0 to ${classes - 1}`);
  if (![labelled.points, unlabelled].every((points) => points.every(Number.isFinite)))
    throw new RangeError('points must be finite numbers');
  return data;
}
