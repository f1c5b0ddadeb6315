// What every implementation of the kernel offers: the WebAssembly one (Kernel) and the native one compute the same bits.

import type { KernelConfig } from './config.js';
import type { Address, Domain } from './random.js';

/** What a trained base network achieved on its task. */
export interface Trial {
  /** Mean cross-entropy on the test points, nats. */
  crossEntropy: number;
  /** Share of test points that are classified right. */
  accuracy: number;
  /** Mean cross-entropy on the labelled points, nats. */
  trainCrossEntropy: number;
}

/** Points as rows of `inputs` floats, and a label each. */
export interface DataSet {
  points: Float32Array;
  labels: Int32Array;
}

/** The data of the prepared task. `unlabelled` holds the batches of all inner steps in order (its labels are for figures and ceilings). */
export interface TaskData {
  labelled: DataSet;
  unlabelled: DataSet;
  test: DataSet;
}

/** Throws RangeError unless two tasks' sets have the same sizes. */
export function requireSameSizes(have: TaskData, given: TaskData): void {
  for (const name of ['labelled', 'unlabelled', 'test'] as const) {
    const [a, b] = [have[name], given[name]];
    if (a.points.length !== b.points.length || a.labels.length !== b.labels.length) {
      throw new RangeError(`the ${name} set has ${b.labels.length} points, the prepared task's ${a.labels.length}`);
    }
  }
}

/** Weights of one layer as plain row-major matrices. */
export interface LayerWeights {
  /** [width × widthBelow] */
  forward: Float32Array;
  /** [width] */
  biases: Float32Array;
  /** [widthBelow × width] */
  feedback: Float32Array;
  /** [width × width] */
  lateral: Float32Array;
}

/** A kernel for one configuration. Calls are synchronous; results depend on arguments alone. Not shared between threads. */
export interface InnerTrainer {
  readonly config: KernelConfig;
  setSeed(seed: number): void;
  /** Throws RangeError when θ is not this rule's. */
  setTheta(theta: Float32Array): void;
  /**
   * Capped meta-losses of antithetic pairs `first` .. `first + pairs - 1` of a generation: [pair][task][+, -].
   * A loss that is not a number stays NaN.
   */
  pairLosses(generation: number, first: number, pairs: number, tasks: number, sigma: number): Float32Array;
  /** Trains θ itself on trials `first` .. `first + count - 1` of a domain and measures each. */
  trials(domain: Domain, generation: number, first: number, count: number): Trial[];
  /** Draws a task, its data and the initial weights. What follows works on it. */
  prepare(at: Address): void;
  /** Starts a training of the prepared task with θ. */
  begin(): void;
  /** One inner step, t = 0 .. steps - 1. */
  step(t: number): void;
  /** Measures the network as it stands on test and labelled points. */
  measure(): Trial;
  /** Class probabilities [point][class] of the network as it stands for `points` (rows of `inputs` floats). */
  predict(points: Float32Array): Float32Array;
  /** Copies of the prepared task's data. */
  data(): TaskData;
  /** Puts other data in the place of the prepared task's. Throws RangeError unless every set keeps its size. */
  setData(data: TaskData): void;
  /** Widths of all layers of the prepared task's network, input first. */
  widths(): number[];
  /** The network's weights as they stand (right after begin(): the initial ones), layers 1 to L. */
  weights(): LayerWeights[];
}
