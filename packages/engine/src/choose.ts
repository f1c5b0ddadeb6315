// Which kernel the engines of this machine compute on. Both give the same bits, so it is no part of a run's spec.

import { loadNative, type Native, type NoNative } from '@metaplast/native';
import { KernelEngine, WasmEngine } from './kernel-engine.js';

/** auto: native where it is built and proves itself, else wasm. */
export const ENGINE_CHOICES = ['auto', 'wasm', 'native'] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

/** A choice come to a decision. */
export interface ChosenEngine {
  name: 'wasm' | 'native';
  /** One line for people: what it is, and why not the other. */
  why: string;
  /** The native kernel is there and computes other bits: to be said aloud. */
  warning?: string;
  create(): KernelEngine;
}

/** The choice that $METAPLAST_ENGINE makes; auto without it. Throws RangeError when it is none. */
export function environmentChoice(): EngineChoice {
  const value = process.env.METAPLAST_ENGINE || 'auto';
  const choice = ENGINE_CHOICES.find((name) => name === value);
  if (choice === undefined) throw new RangeError(`METAPLAST_ENGINE must be one of ${ENGINE_CHOICES.join(', ')}, was ${value}`);
  return choice;
}

/** Decides; throws Error when native was asked for and cannot be had. */
export function chooseEngine(choice: EngineChoice = environmentChoice(), findNative: () => Native | NoNative = loadNative): ChosenEngine {
  const wasm = { name: 'wasm', create: () => new WasmEngine() } as const;
  if (choice === 'wasm') return { ...wasm, why: 'WebAssembly, as chosen' };
  const native = findNative();
  if ('create' in native) {
    const why = `native code, ${native.lanes} lanes, self-test passed`;
    return { name: 'native', why, create: () => new KernelEngine('native', native.create) };
  }
  const { reason, differs } = native;
  if (choice === 'native') throw new Error(`the native kernel cannot be used: ${reason}`);
  const why = `WebAssembly; the native kernel is out: ${reason}`;
  return differs ? { ...wasm, why, warning: `The native kernel is not used: ${reason}. Please report this.` } : { ...wasm, why };
}
