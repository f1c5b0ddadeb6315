// Chunks of work on a kernel: the WebAssembly one, or another that computes the same bits.

import { type Domain, type InnerTrainer, Kernel, type KernelConfig, type Trial } from '@metaplast/kernel';
import { baselineTrials, ruleTrials, substituteUnlabelled } from '@metaplast/plasticity';
import type { Chunk, GenerationWork, TrialWork } from '@metaplast/protocol';
import type { Engine } from './engine.js';
import { Kernels } from './kernels.js';

/** Computes on kernels of its own, one a configuration. */
export class KernelEngine implements Engine {
  readonly name: string;
  readonly #kernels: Kernels;

  constructor(name: string, create: (config: KernelConfig) => InnerTrainer) {
    this.name = name;
    this.#kernels = new Kernels(create);
  }

  evaluate({ work, first, count }: Chunk): Float32Array {
    return work.kind === 'generation' ? this.#generation(work, first, count) : this.#trials(work, first, count);
  }

  #generation(work: GenerationWork, first: number, count: number): Float32Array {
    const kernel = this.#kernels.of(work.spec);
    kernel.setTheta(work.theta);
    return kernel.pairLosses(work.generation, first, count, work.spec.outer.tasksPerPair, work.sigma);
  }

  #trials(work: TrialWork, first: number, count: number): Float32Array {
    const kernel = this.#kernels.of(work.spec);
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
}

/** The engine that runs everywhere. */
export class WasmEngine extends KernelEngine {
  constructor() {
    super('wasm', (config) => new Kernel(config));
  }
}
