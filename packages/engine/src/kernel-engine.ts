// Chunks of work on a kernel: the WebAssembly one, or another that computes the same bits.

import { type Domain, type InnerTrainer, Kernel, type KernelConfig, type Trial } from '@metaplast/kernel';
import { baselineTrials, kernelConfig, ruleTrials, substituteUnlabelled } from '@metaplast/plasticity';
import type { Chunk, GenerationWork, RunSpec, TrialWork } from '@metaplast/protocol';
import type { Engine } from './engine.js';

/** Kernels kept at the same time: training's and those of a report's families. */
const KERNELS = 8;

/** Computes on kernels of its own, one a configuration; the least recently used is dropped. */
export class KernelEngine implements Engine {
  readonly name: string;
  readonly #create: (config: KernelConfig) => InnerTrainer;
  readonly #kernels = new Map<string, InnerTrainer>();

  constructor(name: string, create: (config: KernelConfig) => InnerTrainer) {
    this.name = name;
    this.#create = create;
  }

  evaluate({ work, first, count }: Chunk): Float32Array {
    return work.kind === 'generation' ? this.#generation(work, first, count) : this.#trials(work, first, count);
  }

  #generation(work: GenerationWork, first: number, count: number): Float32Array {
    const kernel = this.#kernel(work.spec);
    kernel.setTheta(work.theta);
    return kernel.pairLosses(work.generation, first, count, work.spec.outer.tasksPerPair, work.sigma);
  }

  #trials(work: TrialWork, first: number, count: number): Float32Array {
    const kernel = this.#kernel(work.spec);
    const { learner, generation, measureAfter } = work;
    const domain = work.domain as Domain;
    const values: number[] = [];
    const put = ({ crossEntropy, accuracy, trainCrossEntropy }: Trial): void => {
      values.push(crossEntropy, accuracy, trainCrossEntropy);
    };
    if (learner.kind === 'rule') kernel.setTheta(learner.theta);
    if (learner.kind === 'rule' && learner.substitute === undefined && measureAfter === undefined) {
      kernel.trials(domain, generation, first, count).forEach(put);
      return Float32Array.from(values);
    }
    for (let pair = first; pair < first + count; pair++) {
      const at = { domain, generation, pair, task: 0 };
      kernel.prepare(at);
      if (learner.kind === 'rule') {
        if (learner.substitute !== undefined) substituteUnlabelled(kernel, learner.substitute, work.spec.seed, at);
        ruleTrials(kernel, measureAfter).forEach(put);
      } else {
        baselineTrials(kernel, learner, measureAfter).forEach(put);
      }
    }
    return Float32Array.from(values);
  }

  #kernel(spec: RunSpec): InnerTrainer {
    const config = kernelConfig(spec);
    const key = JSON.stringify(config);
    const kernel = this.#kernels.get(key) ?? this.#create(config);
    this.#kernels.delete(key);
    this.#kernels.set(key, kernel);
    for (const oldest of this.#kernels.keys()) {
      if (this.#kernels.size <= KERNELS) break;
      this.#kernels.delete(oldest);
    }
    kernel.setSeed(spec.seed);
    return kernel;
  }
}

/** The engine that runs everywhere. */
export class WasmEngine extends KernelEngine {
  constructor() {
    super('wasm', (config) => new Kernel(config));
  }
}
