// Chunks of work in TensorFlow.js: the rule's trainings, many at a time. Not the kernel's bits, but its tasks and perturbations.

import { DOMAIN, type Domain, Kernel, type KernelConfig, perturbation, requireTheta } from '@metaplast/kernel';
import { substituteUnlabelled } from '@metaplast/plasticity';
import type { Chunk, GenerationWork, RuleLearner, TrialWork } from '@metaplast/protocol';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
import { WasmEngine } from '../kernel-engine.js';
import { Kernels } from '../kernels.js';
import { startBackend, type TfjsBackend } from './backend.js';
import { drawnTask, type Member, makeBatch, shapeOf } from './batch.js';
import { train } from './training.js';

/** Items whose tasks are drawn before they are trained. */
const DRAWN = 64;
/** Numbers that a batch's largest tensor may have: enough to make an operation's overhead small. */
const LARGEST_TENSOR = 1 << 17;

export class TfjsEngine implements Engine {
  readonly name: string;
  readonly #kernels = new Kernels((config) => new Kernel(config));
  /** Baselines are no rule: they are the kernel's with every engine. */
  readonly #baselines = new WasmEngine();

  private constructor(backend: TfjsBackend) {
    this.name = `tfjs/${backend}`;
  }

  /** Throws Error when TensorFlow.js cannot be used here. A thread has one backend: that of the newest engine. */
  static async start(order?: readonly TfjsBackend[]): Promise<TfjsEngine> {
    return new TfjsEngine(await startBackend(order));
  }

  evaluate(chunk: Chunk): Float32Array {
    const { work, first, count } = chunk;
    if (work.kind === 'trials' && work.learner.kind !== 'rule') return this.#baselines.evaluate(chunk);
    const parts: Float32Array[] = [];
    for (let done = 0; done < count; done += DRAWN) {
      const items = Math.min(DRAWN, count - done);
      parts.push(work.kind === 'generation' ? this.#generation(work, first + done, items) : this.#trials(work, first + done, items));
    }
    return Float32Array.from(parts.flatMap((part) => [...part]));
  }

  /** Losses [pair][task][+, -]. Both members of a pair have the same task, data and initial weights. */
  #generation({ spec, theta, generation, sigma }: GenerationWork, first: number, count: number): Float32Array {
    const kernel = this.#kernels.of(spec);
    requireTheta(theta, kernel.config);
    const members: Member[] = [];
    for (let pair = first; pair < first + count; pair++) {
      const epsilon = perturbation(spec.seed, generation, pair, new Float32Array(theta.length));
      const shifted = (sign: number): Float32Array => theta.map((x, i) => x + Math.fround(sign * Math.fround(sigma)) * epsilon[i]!);
      const [plus, minus] = [shifted(1), shifted(-1)];
      for (let t = 0; t < spec.outer.tasksPerPair; t++) {
        kernel.prepare({ domain: DOMAIN.training, generation, pair, task: t });
        const task = drawnTask(kernel);
        members.push({ task, theta: plus }, { task, theta: minus });
      }
    }
    const { cap } = spec.objective;
    // A loss that is not a number stays one, to be counted.
    const results = trainAll(members, kernel.config);
    return Float32Array.from(members, (_, i) => (results[3 * i]! > cap ? cap : results[3 * i]!));
  }

  #trials({ spec, domain, generation, measureAfter, learner }: TrialWork, first: number, count: number): Float32Array {
    const { theta, substitute } = learner as RuleLearner;
    const kernel = this.#kernels.of(spec);
    requireTheta(theta, kernel.config);
    const members = Array.from({ length: count }, (_, i) => {
      const at = { domain: domain as Domain, generation, pair: first + i, task: 0 };
      kernel.prepare(at);
      if (substitute !== undefined) substituteUnlabelled(kernel, substitute, spec.seed, at);
      return { task: drawnTask(kernel), theta };
    });
    return trainAll(members, kernel.config, measureAfter);
  }
}

/** Trains all members, those of one shape together: [member][time][test cross-entropy, test accuracy, cross-entropy of the labelled]. */
function trainAll(members: readonly Member[], config: KernelConfig, measureAfter?: readonly number[]): Float32Array {
  const each = 3 * (measureAfter?.length ?? 1);
  const results = new Float32Array(each * members.length);
  for (const places of batches(members, config)) {
    const batch = places.map((place) => members[place]!);
    const values = tf.tidy(() => train(makeBatch(batch, config.inputs, config.classes), config, measureAfter).dataSync() as Float32Array);
    places.forEach((place, i) => void results.set(values.subarray(each * i, each * (i + 1)), each * place));
  }
  return results;
}

/** Places of members that are trained together. */
function* batches(members: readonly Member[], config: KernelConfig): Generator<number[]> {
  const byShape = new Map<string, number[]>();
  members.forEach((member, place) => {
    const shape = shapeOf(member);
    byShape.set(shape, [...(byShape.get(shape) ?? []), place]);
  });
  for (const places of byShape.values()) {
    const size = Math.max(1, Math.floor(LARGEST_TENSOR / largestTensor(members[places[0]!]!.task, config)));
    for (let at = 0; at < places.length; at += size) yield places.slice(at, at + size);
  }
}

/** Numbers of a training's largest tensor: the rule's hidden activations of a layer, or a matrix of weights. */
function largestTensor({ widths, data }: Member['task'], { rule, unlabelled }: KernelConfig): number {
  const examples = data.labelled.labels.length + unlabelled;
  return Math.max(...widths.map((width) => width * Math.max(width, examples * Math.max(...rule.hidden))));
}
