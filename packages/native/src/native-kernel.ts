// One instance of the native kernel: Kernel's interface over the addon.

import {
  type Address,
  type DataSet,
  type Domain,
  type InnerTrainer,
  type KernelConfig,
  type LayerWeights,
  requireSameSizes,
  requireTheta,
  seedWords,
  type TaskData,
  type Trial,
  writeConfig,
} from '@metaplast/kernel';
import type { Addon, Handle, Lanes } from './addon.js';

/** Words of the largest configuration. */
const CONFIG_WORDS = 2048;

/** The inner-training kernel for one configuration, in native code. Calls are synchronous; results depend on arguments alone. */
export class NativeKernel implements InnerTrainer {
  readonly config: KernelConfig;
  readonly #addon: Addon;
  readonly #handle: Handle;

  /** Throws RangeError when this processor cannot run that many lanes. */
  constructor(addon: Addon, lanes: Lanes, config: KernelConfig) {
    this.config = config;
    this.#addon = addon;
    const words = new Int32Array(CONFIG_WORDS);
    writeConfig(config, words.buffer, 0);
    const handle = addon.create(lanes, words);
    if (handle === undefined) throw new RangeError(`this processor has no vectors of ${lanes} lanes`);
    this.#handle = handle;
  }

  setSeed(seed: number): void {
    this.#addon.setSeed(this.#handle, ...seedWords(seed));
  }

  setTheta(theta: Float32Array): void {
    requireTheta(theta, this.config);
    this.#addon.setTheta(this.#handle, theta);
  }

  pairLosses(generation: number, first: number, pairs: number, tasks: number, sigma: number): Float32Array {
    const losses = new Float32Array(2 * pairs * tasks);
    this.#addon.evaluatePairs(this.#handle, generation, first, pairs, tasks, sigma, losses);
    return losses;
  }

  trials(domain: Domain, generation: number, first: number, count: number): Trial[] {
    const values = new Float32Array(3 * count);
    this.#addon.evaluateTrials(this.#handle, domain, generation, first, count, values);
    return Array.from({ length: count }, (_, i) => trialAt(values, 3 * i));
  }

  prepare(at: Address): void {
    this.#addon.prepare(this.#handle, at.domain, at.generation, at.pair, at.task);
  }

  begin(): void {
    this.#addon.begin(this.#handle);
  }

  step(t: number): void {
    this.#addon.step(this.#handle, t);
  }

  measure(): Trial {
    const values = new Float32Array(3);
    this.#addon.measure(this.#handle, values);
    return trialAt(values, 0);
  }

  predict(points: Float32Array): Float32Array {
    const rows = points.length / this.config.inputs;
    const probabilities = new Float32Array(rows * this.config.classes);
    this.#addon.predict(this.#handle, rows, points, probabilities);
    return probabilities;
  }

  data(): TaskData {
    const set = (which: number): DataSet => ({
      points: this.#addon.points(this.#handle, which, this.config.inputs),
      labels: this.#addon.labels(this.#handle, which),
    });
    return { labelled: set(0), unlabelled: set(1), test: set(2) };
  }

  setData(data: TaskData): void {
    requireSameSizes(this.data(), data);
    [data.labelled, data.unlabelled, data.test].forEach(({ points, labels }, which) => {
      this.#addon.setData(this.#handle, which, points, labels);
    });
  }

  widths(): number[] {
    return Array.from({ length: this.config.hidden.length + 2 }, (_, l) => this.#addon.width(this.#handle, l));
  }

  weights(): LayerWeights[] {
    const matrix = (layer: number, which: number): Float32Array => this.#addon.matrix(this.#handle, layer, which);
    return Array.from({ length: this.config.hidden.length + 1 }, (_, i) => ({
      forward: matrix(i + 1, 0),
      biases: matrix(i + 1, 1),
      feedback: matrix(i + 1, 2),
      lateral: matrix(i + 1, 3),
    }));
  }
}

function trialAt(values: Float32Array, at: number): Trial {
  return { crossEntropy: values[at]!, accuracy: values[at + 1]!, trainCrossEntropy: values[at + 2]! };
}
