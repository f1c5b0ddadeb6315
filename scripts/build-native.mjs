// Compiles the native kernel: packages/native/source to packages/native/dist/metaplast-<platform>-<arch>.node. Skipped when
// nothing changed. `--limit` builds, beside it, the bench's limit: the same source for this very processor, with fused
// multiply-add and fast-math.
//
// Needs g++ or clang++ (or $CXX); Node's headers come from the package node-api-headers. Nothing depends on it: where it
// cannot be built, one line says why and the WebAssembly kernel computes.

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../packages/native/', import.meta.url));
const source = join(folder, 'source');
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Compiler options of each width, and what the limit adds. */
const WIDTHS = {
  x64: {
    4: ['-msse4.2'],
    8: ['-mavx2'],
    16: ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mprefer-vector-width=512'],
  },
  arm64: { 4: [] },
};
const COMMON = ['-std=c++17', '-O3', '-fPIC', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti', '-fno-math-errno'];
const WARNINGS = ['-Wall', '-Wextra', '-Wno-unused-function', '-Wno-unknown-warning-option', '-Wno-maybe-uninitialized', '-Wno-psabi'];
const EXACT = ['-ffp-contract=off'];
const LIMIT = ['-march=native', '-ffp-contract=fast', '-ffast-math', '-DMETAPLAST_LIMIT'];
/** How a width is compiled that needs no option of its own. */
export const COMPILE_EXACT = [...COMMON, ...WARNINGS, ...EXACT];

function findCompiler() {
  for (const name of [process.env.CXX, 'g++', 'clang++', 'c++']) {
    try {
      if (name) execFileSync(name, ['--version'], { stdio: 'ignore' });
      if (name) return name;
    } catch {}
  }
  throw new Error('no C++ compiler (g++, clang++ or $CXX)');
}

function findHeaders() {
  try {
    return createRequire(join(folder, 'package.json'))('node-api-headers').include_dir;
  } catch {
    throw new Error('the package node-api-headers is not installed');
  }
}

/** Builds what is stale. Returns the addon's path; throws with one line that says why it cannot be built. */
export async function buildNative({ limit = false } = {}) {
  const widths = WIDTHS[process.arch];
  if (widths === undefined || process.platform === 'win32') throw new Error(`no native kernel for ${process.platform} ${process.arch}`);
  const addon = join(folder, 'dist', `metaplast${limit ? '-limit' : ''}-${process.platform}-${process.arch}.node`);
  const inputs = [...readdirSync(source).map((name) => join(source, name)), fileURLToPath(import.meta.url)];
  if (Math.max(...inputs.map(modified)) <= modified(addon)) return addon;
  const compiler = findCompiler();
  const headers = findHeaders();
  const objects = mkdtempSync(join(tmpdir(), 'metaplast-native-'));
  const compile = async (name, options, output) => {
    const object = join(objects, `${output}.o`);
    await run(compiler, [...COMMON, ...WARNINGS, ...options, '-c', join(source, name), '-o', object]);
    return object;
  };
  try {
    const arithmetic = limit ? LIMIT : EXACT;
    const parts = await Promise.all([
      compile('addon.cpp', [`-I${headers}`, ...(limit ? ['-DMETAPLAST_LIMIT'] : [])], 'addon'),
      ...Object.entries(widths).map(([lanes, options]) => {
        return compile(
          'kernel.cpp',
          [...(limit ? [] : options), ...arithmetic, `-DLANES=${lanes}`, `-DKERNEL=kernel${lanes}`],
          `kernel${lanes}`,
        );
      }),
    ]);
    // Linked without -ffast-math: with it, the library would switch denormals off in the whole thread that loads it.
    const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
    const linked = join(objects, 'addon.node');
    await run(compiler, [...shared, ...parts, '-o', linked]);
    mkdirSync(dirname(addon), { recursive: true });
    // Renamed into place: who has the old one loaded keeps it.
    const near = `${addon}.${process.pid}`;
    execFileSync('cp', [linked, near]);
    renameSync(near, addon);
    return addon;
  } catch (error) {
    throw new Error(
      `${compiler} failed: ${
        String(error.stderr ?? error.message)
          .split('\n')
          .find((line) => line.includes('rror')) ?? error.message
      }`,
    );
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`native kernel: ${await buildNative({ limit: process.argv.includes('--limit') })}`);
  } catch (error) {
    console.error(`The native kernel cannot be built: ${error.message}. The WebAssembly kernel computes the same bits, slower.`);
    process.exitCode = 1;
  }
}
