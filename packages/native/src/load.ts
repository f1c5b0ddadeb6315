// Whether the native kernel may be used here: it is built, it runs, and it computes the bits of the kernel's definition.

import { identityOf, KERNEL_IDENTITY, type KernelConfig } from '@metaplast/kernel';
import { type Addon, type Lanes, loadAddon } from './addon.js';
import { NativeKernel } from './native-kernel.js';

/** A native kernel that has proved itself. */
export interface Native {
  /** Floats in a vector: the widest of this processor. */
  lanes: Lanes;
  create(config: KernelConfig): NativeKernel;
}

/** Why there is none. `differs`: it is there and computes other bits, which nobody should overlook. */
export interface NoNative {
  reason: string;
  differs: boolean;
}

let proved: Native | NoNative | undefined;

/** The native kernel, or the reason why not; found out once a thread (some 20 ms). */
export function loadNative(): Native | NoNative {
  proved ??= prove();
  return proved;
}

/** The same of any addon. */
export function prove(load: () => Addon = loadAddon): Native | NoNative {
  let addon: Addon;
  try {
    addon = load();
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
    return { reason: missing ? 'not built (npm run build:native)' : `cannot be loaded: ${(error as Error).message}`, differs: false };
  }
  const lanes = addon.lanes().at(-1);
  if (lanes === undefined) return { reason: 'this processor has none of its vectors', differs: false };
  const create = (config: KernelConfig): NativeKernel => new NativeKernel(addon, lanes, config);
  const identity = identityOf(create);
  if (identity === KERNEL_IDENTITY) return { lanes, create };
  return { reason: `it computes other bits (${lanes} lanes, identity ${identity.slice(0, 12)})`, differs: true };
}
