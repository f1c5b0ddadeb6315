// Who takes part in the bench, and how those are got that are not there.

import { fileURLToPath } from 'node:url';
import type { Recipe } from './contender.js';

const own = (name: string, install: string, batches?: readonly number[]): Recipe => ({
  name,
  command: [process.execPath, fileURLToPath(new URL('own.js', import.meta.url)), name],
  install,
  ...(batches && { batches }),
});
// Debian's packages belong to Debian's Python.
const python = process.env.METAPLAST_PYTHON ?? '/usr/bin/python3';
const peer = (name: string, install: string): Recipe => ({
  name,
  command: [python, fileURLToPath(new URL(`../../peers/${name}_peer.py`, import.meta.url))],
  batches: [4, 8, 16, 32, 64, 128],
  install,
});

const NATIVE = 'a C++ compiler, then npm run build:native';
const LIMIT = 'a C++ compiler, then node scripts/build-native.mjs --limit';

/** The first is what all others are compared with. */
export const RECIPES: readonly Recipe[] = [
  own('wasm', ''),
  own('native-4', NATIVE),
  own('native-8', NATIVE),
  own('native-16', `${NATIVE}; a processor with AVX-512`),
  own('limit-4', LIMIT),
  own('limit-8', LIMIT),
  own('limit-16', `${LIMIT}; a processor with AVX-512`),
  peer('numpy', 'Debian: apt-get install python3-numpy libopenblas0'),
  peer('torch', 'Debian: apt-get install python3-torch'),
  own('plain', ''),
  own('reference', ''),
  own('tfjs', 'npm install --include=optional', [2, 8, 32]),
];

/** What people call them. */
export const TITLES: Readonly<Record<string, string>> = {
  wasm: 'wasm kernel',
  'native-4': 'native, 4 lanes (SSE4.2, NEON)',
  'native-8': 'native, 8 lanes (AVX2)',
  'native-16': 'native, 16 lanes (AVX-512)',
  'limit-4': 'C++ -march=native, FMA, fast-math, 4 lanes',
  'limit-8': 'C++ -march=native, FMA, fast-math, 8 lanes',
  'limit-16': 'C++ -march=native, FMA, fast-math, 16 lanes',
  numpy: 'numpy + OpenBLAS, float32',
  torch: 'PyTorch CPU, float32',
  plain: 'plain JS, flat loop, float64',
  reference: 'plain JS, readable reference, float64',
  tfjs: 'tfjs engine',
};
