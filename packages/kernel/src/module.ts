// The WebAssembly module: compiled once a thread, instantiated for each Kernel.

import { WASM_BASE64 } from './module.generated.js';

type Pointer = number;
interface Global {
  readonly value: number;
}

/** The exports of assembly/index.ts. Pointers are byte offsets into `memory`. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(bytes: number): Pointer;
  configPointer(): Pointer;
  configure(): Pointer;
  setSeed(low: number, high: number): void;
  setAddress(domain: number, generation: number, pair: number, task: number): void;
  prepareTask(domain: number, generation: number, pair: number, task: number): void;
  begin(): void;
  step(t: number): void;
  measureTest(): void;
  measureLabelled(): void;
  readonly meanCrossEntropy: Global;
  readonly accuracy: Global;
  predict(rows: number, points: Pointer, out: Pointer): void;
  evaluatePairs(generation: number, first: number, pairs: number, tasks: number, sigma: number, out: Pointer): void;
  evaluateTrials(domain: number, generation: number, first: number, trials: number, out: Pointer): void;
  readonly labelled: Global;
  readonly labelledPoints: Global;
  readonly labelledLabels: Global;
  readonly unlabelledPoints: Global;
  readonly unlabelledLabels: Global;
  readonly testPoints: Global;
  readonly testLabels: Global;
  width(layer: number): number;
  stride(layer: number): number;
  forwardWeights(layer: number): Pointer;
  feedbackWeights(layer: number): Pointer;
  lateralWeights(layer: number): Pointer;
  biases(layer: number): Pointer;
  fillUniform(kind: number, count: number, out: Pointer): void;
  fillGaussian(kind: number, count: number, out: Pointer): void;
  uniformAt(kind: number, element: number): number;
  philoxScalarTo(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Pointer): void;
  philoxVectorTo(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Pointer): void;
  tanh(x: number): number;
  exp(x: number): number;
  log(x: number): number;
  cosTurns(turns: number): number;
  sinTurns(turns: number): number;
}

let compiled: WebAssembly.Module | undefined;

/** A fresh instance with memory of its own. */
export function instantiate(): KernelExports {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(WASM_BASE64), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(compiled, {}).exports as unknown as KernelExports;
}
