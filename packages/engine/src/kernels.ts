// Kernels by configuration: making one costs more than a chunk, and works of several runs and families take turns.

import type { InnerTrainer, KernelConfig } from '@metaplast/kernel';
import { kernelConfig } from '@metaplast/plasticity';
import type { RunSpec } from '@metaplast/protocol';

/** Kernels kept at the same time: training's and those of a report's families. */
const KEPT = 8;

/** The least recently used is dropped. */
export class Kernels {
  readonly #create: (config: KernelConfig) => InnerTrainer;
  readonly #kernels = new Map<string, InnerTrainer>();

  constructor(create: (config: KernelConfig) => InnerTrainer) {
    this.#create = create;
  }

  /** The kernel of a spec, with its seed. */
  of(spec: RunSpec): InnerTrainer {
    const config = kernelConfig(spec);
    const key = JSON.stringify(config);
    const kernel = this.#kernels.get(key) ?? this.#create(config);
    this.#kernels.delete(key);
    this.#kernels.set(key, kernel);
    for (const oldest of this.#kernels.keys()) {
      if (this.#kernels.size <= KEPT) break;
      this.#kernels.delete(oldest);
    }
    kernel.setSeed(spec.seed);
    return kernel;
  }
}
