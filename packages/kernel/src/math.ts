// The kernel's random numbers and deterministic mathematics for the host: what stands on the path to θ uses these, never Math.*.

import { instantiate, type KernelExports } from './module.js';
import { type Address, STREAM, seedWords } from './random.js';

let shared: KernelExports | undefined;
let buffer = 0;
let room = 0;

function kernel(): KernelExports {
  shared ??= instantiate();
  return shared;
}

/** Room for at least `count` floats, rounded up to what the vector fills write. */
function reserve(count: number): number {
  const bytes = 4 * (Math.ceil(count / 16) * 16);
  if (bytes > room) {
    buffer = kernel().allocate(bytes);
    room = bytes;
  }
  return buffer;
}

function fill(seed: number, at: Address, out: Float32Array, run: (pointer: number) => void): Float32Array {
  const pointer = reserve(out.length);
  kernel().setSeed(...seedWords(seed));
  kernel().setAddress(at.domain, at.generation, at.pair, at.task);
  run(pointer);
  out.set(new Float32Array(kernel().memory.buffer, pointer, out.length));
  return out;
}

/** Fills `out` with standard normals of a stream, elements 0 .. out.length - 1. */
export function gaussian(seed: number, at: Address, kind: number, out: Float32Array): Float32Array {
  return fill(seed, at, out, (pointer) => kernel().fillGaussian(kind, out.length, pointer));
}

/** Fills `out` with uniforms in (0, 1] of a stream. */
export function uniform(seed: number, at: Address, kind: number, out: Float32Array): Float32Array {
  return fill(seed, at, out, (pointer) => kernel().fillUniform(kind, out.length, pointer));
}

/** The perturbation ε of an antithetic pair, N(0, 1), as the kernel draws it inside pairLosses(). */
export function perturbation(seed: number, generation: number, pair: number, out: Float32Array): Float32Array {
  return gaussian(seed, { domain: 0, generation, pair, task: 0 }, STREAM.perturbation, out);
}

/** tanh as the networks compute it: float32, |error| < 5e-5. */
export const tanh = (x: number): number => kernel().tanh(x);
/** exp, float32. */
export const exp = (x: number): number => kernel().exp(x);
/** Natural logarithm, float32. */
export const log = (x: number): number => kernel().log(x);
/** cos(2π turns), float32. */
export const cosTurns = (turns: number): number => kernel().cosTurns(turns);
/** sin(2π turns), float32. */
export const sinTurns = (turns: number): number => kernel().sinTurns(turns);
