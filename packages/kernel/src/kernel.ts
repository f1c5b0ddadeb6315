// One instance of the kernel: a configuration, θ, and what can be computed with them. Not shared between threads.

import { type KernelConfig, requireTheta, writeConfig } from './config.js';
import { instantiate, type KernelExports } from './module.js';
import { type Address, type Domain, seedWords } from './random.js';
import { type DataSet, type InnerTrainer, type LayerWeights, requireSameSizes, type TaskData, type Trial } from './trainer.js';

/** The inner-training kernel for one configuration. Calls are synchronous; results depend on arguments alone. */
export class Kernel implements InnerTrainer {
  readonly config: KernelConfig;
  readonly #wasm: KernelExports;
  readonly #theta: number;
  #out = 0;
  #outBytes = 0;

  constructor(config: KernelConfig) {
    this.config = config;
    this.#wasm = instantiate();
    writeConfig(config, this.#wasm.memory.buffer, this.#wasm.configPointer());
    // The result buffer is allocated before the arena of the trainings, so that it never moves.
    this.#outBytes = 1 << 16;
    this.#out = this.#wasm.allocate(this.#outBytes);
    this.#theta = this.#wasm.configure();
  }

  setSeed(seed: number): void {
    this.#wasm.setSeed(...seedWords(seed));
  }

  setTheta(theta: Float32Array): void {
    requireTheta(theta, this.config);
    new Float32Array(this.#wasm.memory.buffer, this.#theta, theta.length).set(theta);
  }

  /**
   * Capped meta-losses of antithetic pairs `first` .. `first + pairs - 1` of a generation: [pair][task][+, -].
   * A loss that is not a number stays NaN.
   */
  pairLosses(generation: number, first: number, pairs: number, tasks: number, sigma: number): Float32Array {
    const losses = new Float32Array(2 * pairs * tasks);
    const each = 2 * tasks;
    const batch = Math.max(1, Math.floor(this.#outBytes / 4 / each));
    for (let done = 0; done < pairs; done += batch) {
      const count = Math.min(batch, pairs - done);
      this.#wasm.evaluatePairs(generation, first + done, count, tasks, sigma, this.#out);
      losses.set(this.#floats(count * each), done * each);
    }
    return losses;
  }

  /** Trains θ itself on trials `first` .. `first + count - 1` of a domain and measures each. */
  trials(domain: Domain, generation: number, first: number, count: number): Trial[] {
    const trials: Trial[] = [];
    const batch = Math.floor(this.#outBytes / 12);
    for (let done = 0; done < count; done += batch) {
      const some = Math.min(batch, count - done);
      this.#wasm.evaluateTrials(domain, generation, first + done, some, this.#out);
      const values = this.#floats(3 * some);
      for (let i = 0; i < values.length; i += 3) {
        trials.push({ crossEntropy: values[i]!, accuracy: values[i + 1]!, trainCrossEntropy: values[i + 2]! });
      }
    }
    return trials;
  }

  /** Draws a task, its data and the initial weights. What follows works on it. */
  prepare(at: Address): void {
    this.#wasm.prepareTask(at.domain, at.generation, at.pair, at.task);
  }

  /** Starts a training of the prepared task with θ. */
  begin(): void {
    this.#wasm.begin();
  }

  /** One inner step, t = 0 .. steps - 1. */
  step(t: number): void {
    this.#wasm.step(t);
  }

  /** Measures the network as it stands on test and labelled points. */
  measure(): Trial {
    this.#wasm.measureTest();
    const crossEntropy = this.#wasm.meanCrossEntropy.value;
    const accuracy = this.#wasm.accuracy.value;
    this.#wasm.measureLabelled();
    return { crossEntropy, accuracy, trainCrossEntropy: this.#wasm.meanCrossEntropy.value };
  }

  /** Class probabilities [point][class] of the network as it stands for `points` (rows of `inputs` floats). */
  predict(points: Float32Array): Float32Array {
    const { inputs, classes } = this.config;
    const n = points.length / inputs;
    const probabilities = new Float32Array(n * classes);
    const input = this.#out;
    const output = this.#out + (this.#outBytes >> 1);
    for (let i = 0; i < n; i += 64) {
      const rows = Math.min(64, n - i);
      new Float32Array(this.#wasm.memory.buffer, input, rows * inputs).set(points.subarray(i * inputs, (i + rows) * inputs));
      this.#wasm.predict(rows, input, output);
      probabilities.set(new Float32Array(this.#wasm.memory.buffer, output, rows * classes), i * classes);
    }
    return probabilities;
  }

  /** Copies of the prepared task's data. */
  data(): TaskData {
    const copy = ({ points, labels }: DataSet): DataSet => ({ points: points.slice(), labels: labels.slice() });
    const { labelled, unlabelled, test } = this.#data();
    return { labelled: copy(labelled), unlabelled: copy(unlabelled), test: copy(test) };
  }

  setData(data: TaskData): void {
    const here = this.#data();
    requireSameSizes(here, data);
    for (const name of ['labelled', 'unlabelled', 'test'] as const) {
      here[name].points.set(data[name].points);
      here[name].labels.set(data[name].labels);
    }
  }

  /** The prepared task's data in the kernel's memory. */
  #data(): TaskData {
    const w = this.#wasm;
    const set = (points: number, labels: number, n: number): DataSet => ({
      points: new Float32Array(w.memory.buffer, points, n * this.config.inputs),
      labels: new Int32Array(w.memory.buffer, labels, n),
    });
    return {
      labelled: set(w.labelledPoints.value, w.labelledLabels.value, w.labelled.value),
      unlabelled: set(w.unlabelledPoints.value, w.unlabelledLabels.value, this.config.steps * this.config.unlabelled),
      test: set(w.testPoints.value, w.testLabels.value, this.config.test),
    };
  }

  /** Widths of all layers of the prepared task's network, input first. */
  widths(): number[] {
    return Array.from({ length: this.config.hidden.length + 2 }, (_, l) => this.#wasm.width(l));
  }

  /** The network's weights as they stand (right after begin(): the initial ones), layers 1 to L. */
  weights(): LayerWeights[] {
    const w = this.#wasm;
    const memory = new Float32Array(w.memory.buffer);
    const widths = this.widths();
    const top = widths.length - 1;
    const read = (pointer: number, rows: number, columns: number, rowStride: number, columnStride: number): Float32Array =>
      Float32Array.from({ length: rows * columns }, (_, e) => {
        const r = Math.floor(e / columns);
        return memory[pointer / 4 + r * rowStride + (e - r * columns) * columnStride]!;
      });
    return widths.slice(1).map((n, i) => {
      const l = i + 1;
      const below = widths[i]!;
      const s = w.stride(l);
      const sBelow = w.stride(l - 1);
      return {
        forward: l < top ? read(w.forwardWeights(l), n, below, 1, s) : read(w.forwardWeights(l), n, below, sBelow, 1),
        biases: read(w.biases(l), 1, n, 0, 1),
        feedback: l > 1 ? read(w.feedbackWeights(l), below, n, 1, sBelow) : read(w.feedbackWeights(l), below, n, s, 1),
        lateral: l < top ? read(w.lateralWeights(l), n, n, 1, s) : read(w.lateralWeights(l), n, n, n, 1),
      };
    });
  }

  #floats(count: number): Float32Array {
    return new Float32Array(this.#wasm.memory.buffer, this.#out, count);
  }
}
