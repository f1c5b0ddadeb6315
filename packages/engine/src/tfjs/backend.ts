// Which TensorFlow.js computes here: the native library of @tensorflow/tfjs-node where somebody has installed it, else the
// WebAssembly backend, else plain JavaScript. All of it is optional: where nothing is installed, there is no tfjs engine.

import { createRequire } from 'node:module';

/** Backends in the order of preference, by the names that TensorFlow.js gives them. */
export const TFJS_BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const;
export type TfjsBackend = (typeof TFJS_BACKENDS)[number];

/** The package that brings each backend. */
const PACKAGES: Record<TfjsBackend, string> = {
  tensorflow: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs-backend-cpu',
};

/** Whether a package is installed, without loading it. */
function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether this installation has a tfjs engine. Loads nothing: that it works is found out when it is used. */
export const hasTfjs = (): boolean => isInstalled('@tensorflow/tfjs-core') && TFJS_BACKENDS.some((name) => isInstalled(PACKAGES[name]));

/**
 * Makes the first of the backends that works TensorFlow.js's own in this thread; returns its name. Throws Error with what is wrong
 * with each when none does.
 */
export async function startBackend(order: readonly TfjsBackend[] = TFJS_BACKENDS): Promise<TfjsBackend> {
  const failures: string[] = [];
  for (const name of order) {
    try {
      const tf = await import('@tensorflow/tfjs-core');
      await import(PACKAGES[name]);
      if (await tf.setBackend(name)) return name;
      failures.push(`${name} does not start`);
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new Error(`TensorFlow.js cannot be used: ${failures.join('; ')}. Install it with: npm install --include=optional`);
}
