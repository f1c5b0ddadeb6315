// Whether the native kernel computes the kernel's bits on arm64 (NEON), on a machine that is none: cross-compiled, and run by an emulator.
//   apt-get install g++-aarch64-linux-gnu qemu-user && npm run build && node scripts/check-arm64.mjs
// Computes the cases of the kernel's identity and compares the hash. Takes about two minutes of a free core.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identityOf, KERNEL_IDENTITY } from '../packages/kernel/dist/index.js';
import { NativeKernel } from '../packages/native/dist/index.js';
import { COMPILE_EXACT } from './build-native.mjs';

const native = fileURLToPath(new URL('../packages/native/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'metaplast-arm64-'));
const compiler = 'aarch64-linux-gnu-g++';

/** The words of an operation; typed arrays are taken as they lie in memory. */
const wordsOf = (values) =>
  values.flatMap((value) => (ArrayBuffer.isView(value) ? [...new Int32Array(value.buffer, value.byteOffset, value.length)] : [value | 0]));

/** The addon of packages/native/src/addon.ts, each call of which runs the program with all that was asked before. */
function emulated(program) {
  const run = (history, query) => {
    const bytes = execFileSync('qemu-aarch64', ['-L', '/usr/aarch64-linux-gnu', program], {
      input: Buffer.from(Int32Array.from([...history, ...wordsOf(query)]).buffer),
      maxBuffer: 1 << 28,
    });
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  };
  const remember =
    (code) =>
    (history, ...values) =>
      void history.push(code, ...wordsOf(values));
  return {
    create: (_lanes, words) => Object.assign([words.length, ...words], { inputs: words[0], classes: words[1] }),
    setSeed: remember(0),
    setTheta: remember(1),
    prepare: remember(2),
    begin: remember(3),
    step: remember(4),
    evaluatePairs: (history, generation, first, pairs, tasks, sigma, out) =>
      out.set(new Float32Array(run(history, [5, generation, first, pairs, tasks, Float32Array.of(sigma)]))),
    points: (history, set) => new Float32Array(run(history, [6, set])),
    labels: (history, set) => new Int32Array(run(history, [7, set])),
    matrix: (history, layer, which) => new Float32Array(run(history, [8, layer, which])),
    predict: (history, rows, points, out) => out.set(new Float32Array(run(history, [9, rows, points]))),
  };
}

try {
  const program = join(folder, 'driver');
  const sources = ['source/kernel.cpp', 'check/driver.cpp'].map((name) => join(native, name));
  execFileSync(compiler, [...COMPILE_EXACT, '-DLANES=4', '-DKERNEL=kernel4', ...sources, '-o', program], { stdio: 'inherit' });
  const addon = emulated(program);
  const identity = identityOf((config) => new NativeKernel(addon, 4, config));
  console.log(`${execFileSync(compiler, ['--version']).toString().split('\n')[0]}: identity ${identity}`);
  if (identity !== KERNEL_IDENTITY) throw new Error(`which is not the kernel's, ${KERNEL_IDENTITY}`);
  console.log('The bits of the kernel.');
} finally {
  rmSync(folder, { recursive: true });
}
