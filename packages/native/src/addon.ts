// The compiled addon: what source/addon.cpp exports, and where scripts/build-native.mjs puts it.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Domain } from '@metaplast/kernel';

/** Vector widths a kernel may be compiled for. */
export type Lanes = 4 | 8 | 16;

/** A kernel of one configuration, freed with its handle. */
export type Handle = { readonly __handle: unique symbol };

/** The functions of source/addon.cpp. They check nothing: NativeKernel does. */
export interface Addon {
  /** The widths that this processor can run, ascending. */
  lanes(): Lanes[];
  create(lanes: Lanes, words: Int32Array): Handle | undefined;
  setSeed(kernel: Handle, low: number, high: number): void;
  setTheta(kernel: Handle, theta: Float32Array): void;
  evaluatePairs(kernel: Handle, generation: number, first: number, pairs: number, tasks: number, sigma: number, out: Float32Array): void;
  evaluateTrials(kernel: Handle, domain: Domain, generation: number, first: number, trials: number, out: Float32Array): void;
  prepare(kernel: Handle, domain: Domain, generation: number, pair: number, task: number): void;
  begin(kernel: Handle): void;
  step(kernel: Handle, t: number): void;
  measure(kernel: Handle, out: Float32Array): void;
  predict(kernel: Handle, rows: number, points: Float32Array, out: Float32Array): void;
  width(kernel: Handle, layer: number): number;
  /** Sets: 0 labelled, 1 unlabelled, 2 test. */
  points(kernel: Handle, set: number, inputs: number): Float32Array;
  labels(kernel: Handle, set: number): Int32Array;
  setData(kernel: Handle, set: number, points: Float32Array, labels: Int32Array): void;
  /** Matrices: 0 forward, 1 biases, 2 feedback, 3 lateral. */
  matrix(kernel: Handle, layer: number, which: number): Float32Array;
}

/** Which build: the kernel, or the bench's limit, which does not compute the same bits. */
export type Build = 'kernel' | 'limit';

/** Loads the addon; throws when it was not built for this system. */
export function loadAddon(build: Build = 'kernel'): Addon {
  const name = `metaplast${build === 'limit' ? '-limit' : ''}-${process.platform}-${process.arch}.node`;
  return createRequire(import.meta.url)(fileURLToPath(new URL(`../dist/${name}`, import.meta.url))) as Addon;
}
