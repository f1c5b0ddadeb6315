// The native kernel in every width of this processor, and the limit: the same source with fused multiply-add and fast-math
// (scripts/build-native.mjs --limit), which computes other bits. Either is left out where it was not built.

import type { KernelConfig } from '@metaplast/kernel';
import { type Addon, type Build, loadAddon, NativeKernel } from '@metaplast/native';
import { type Contender, SIGMA } from './contender.js';

function load(build: Build): Addon | undefined {
  try {
    return loadAddon(build);
  } catch {
    return undefined;
  }
}

export function nativeContenders(config: KernelConfig, seed: number, theta: Float32Array): Contender[] {
  return (['kernel', 'limit'] as const).flatMap((build) => {
    const addon = load(build);
    if (addon === undefined) return [];
    return addon.lanes().map((lanes) => {
      const kernel = new NativeKernel(addon, lanes, config);
      kernel.setSeed(seed);
      kernel.setTheta(theta);
      const run = (first: number, pairs: number): number[] => [...kernel.pairLosses(0, first, pairs, 1, SIGMA)];
      return { name: `${build === 'kernel' ? 'native' : 'limit (FMA)'} × ${lanes}`, pairs: 100, run };
    });
  });
}
