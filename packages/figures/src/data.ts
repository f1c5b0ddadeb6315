// What the figure shows, before anything is drawn.

import type { GenerationMetrics } from '@metaplast/evolution';
import { DOMAIN, Kernel, type TaskData } from '@metaplast/kernel';
import { BASELINES, kernelConfig, preparedTask, type Trainee } from '@metaplast/plasticity';
import type { RunSpec } from '@metaplast/protocol';
import { familySpec, type HeldOut, type PerBaseline, type Score, type SupervisedKind } from '@metaplast/training';

export interface FigureData {
  spec: RunSpec;
  /** θ's updates. */
  generation: number;
  metrics: readonly Pick<GenerationMetrics, 'generation' | 'meanLoss'>[];
  heldOut: readonly HeldOut[];
  baselines: PerBaseline<Score & { learningRate: number }>;
  /** One a task; none if tasks don't have two dimensions. */
  tasks: readonly MappedTask[];
}

/** A task with what the rule and backprop made of it. */
export interface MappedTask {
  family: string;
  data: TaskData;
  rule: ProbabilityMap;
  backprop: ProbabilityMap;
}

export interface ProbabilityMap {
  /** Class probabilities [row from below][column][class] at the grid of gridPoints(). */
  probabilities: Float32Array;
  /** On the task's test points. */
  accuracy: number;
}

/** Backprop with its learning rate. */
export interface SupervisedLearner {
  kind: SupervisedKind;
  learningRate: number;
}

/** Points a side of a map, one of them beyond each edge. */
export const GRID = 82;
/** Maps show [-EXTENT, EXTENT]²; the families' data have unit variance or so. */
export const EXTENT = 2.6;

/** Middles of the cells of a map, rows from below, [GRID · GRID][2]. */
export function gridPoints(): Float32Array {
  const cell = (2 * EXTENT) / (GRID - 2);
  const coordinate = (i: number): number => (i - 0.5) * cell - EXTENT;
  return Float32Array.from({ length: 2 * GRID * GRID }, (_, i) => {
    const point = i >> 1;
    return coordinate(i % 2 === 0 ? point % GRID : Math.floor(point / GRID));
  });
}

/** Trains the rule and backprop on the first tasks of the figure's own draws, whatever they look like, of one of the report's families. */
export function mapTasks(spec: RunSpec, theta: Float32Array, learner: SupervisedLearner, { family = 0, tasks = 4 } = {}): MappedTask[] {
  const kernel = new Kernel(kernelConfig(familySpec(spec, family)));
  if (kernel.config.inputs !== 2) return [];
  kernel.setSeed(spec.seed);
  kernel.setTheta(theta);
  const grid = gridPoints();
  return Array.from({ length: tasks }, (_, pair) => {
    kernel.prepare({ domain: DOMAIN.figure, generation: family, pair, task: 0 });
    const task = preparedTask(kernel);
    const backprop = BASELINES[learner.kind].start(task, [learner.learningRate]);
    const trained = (trainee: Trainee): ProbabilityMap => {
      for (let t = 0; t < spec.inner.steps; t++) trainee.step(t);
      return { probabilities: trainee.predict(grid), accuracy: trainee.measure().accuracy };
    };
    return { family: spec.evaluation.families[family]!.family, data: task.data, rule: trained(kernel), backprop: trained(backprop) };
  });
}
