// Trials of learners on a kernel's prepared task, measured after the last step or along the way.

import { type Address, gaussian, type InnerTrainer, STREAM, type Trial } from '@metaplast/kernel';
import type { BaselineLearner, Substitute } from '@metaplast/protocol';
import type { BaselineTask } from './baseline.js';
import { BASELINES } from './registry.js';

/** The prepared task (after prepare(); θ does not matter). The kernel stands at the task's initial weights afterwards. */
export function preparedTask(kernel: InnerTrainer): BaselineTask {
  kernel.begin();
  return { data: kernel.data(), initial: kernel.weights(), unlabelled: kernel.config.unlabelled };
}

/** Takes `steps` steps and measures after each number of them in `after` (ascending). */
export function measuredSteps(
  learner: { step(t: number): void; measure(): Trial },
  steps: number,
  after: readonly number[] = [steps],
): Trial[] {
  const trials: Trial[] = [];
  for (let t = 0; t <= steps; t++) {
    if (after.includes(t)) trials.push(learner.measure());
    if (t < steps) learner.step(t);
  }
  return trials;
}

/** Trains a baseline on the prepared task once a setting: [setting][time]. */
export function baselineTrials(kernel: InnerTrainer, { kind, settings }: BaselineLearner, after?: readonly number[]): Trial[] {
  const task = preparedTask(kernel);
  return settings.flatMap((setting) => measuredSteps(BASELINES[kind].start(task, setting), kernel.config.steps, after));
}

/** Trains the kernel's θ on the prepared task: [time]. */
export function ruleTrials(kernel: InnerTrainer, after?: readonly number[]): Trial[] {
  kernel.begin();
  return measuredSteps(kernel, kernel.config.steps, after);
}

/** Puts other points in the place of the prepared task's unlabelled ones: labelled ones in turn, or N(0, I). */
export function substituteUnlabelled(kernel: InnerTrainer, kind: Substitute, seed: number, at: Address): void {
  const data = kernel.data();
  const { points } = data.unlabelled;
  const { labelled } = data;
  if (kind === 'noise') gaussian(seed, at, STREAM.substitute, points);
  else for (let i = 0; i < points.length; i++) points[i] = labelled.points[i % labelled.points.length]!;
  kernel.setData(data);
}
