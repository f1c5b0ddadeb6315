// metaplast doctor: whether this machine can run everything, and what is wrong if not.

import { existsSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { chooseEngine, hasTfjs, startBackend } from '@metaplast/engine';
import { KERNEL_IDENTITY, kernelIdentity } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { RunStore } from '@metaplast/training';
import type { Command } from 'commander';
import { makeFolder } from '../artifacts/files.js';
import { fileError, InputError } from '../errors.js';
import { RUN_ID } from '../run/folder.js';
import { withThreads } from '../run/threads.js';
import { VERSION } from '../version.js';

/** (func (result v128) i32.const 0 i8x16.splat), the shortest module with a vector. */
const SIMD_MODULE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];

/** Says what it found, or throws. */
type Check = () => string | Promise<string>;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine: versions, cores, SIMD, kernel, engine, store, native modules')
    .option('--out <dir>', 'folder that the store is tried in', 'out')
    .action(({ out }: { out: string }) => examine(out));
}

async function examine(folder: string): Promise<void> {
  const checks: Record<string, Check> = {
    metaplast: () => VERSION,
    node: nodeVersion,
    platform: () => `${process.platform} ${process.arch}`,
    cores: () => String(availableParallelism()),
    simd,
    kernel,
    engine,
    tfjs,
    threads,
    store: () => store(folder),
    figures,
  };
  const failed: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    let verdict: string;
    try {
      verdict = `ok    ${await check()}`;
    } catch (error) {
      failed.push(name);
      verdict = `FAIL  ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    }
    process.stdout.write(`${name.padEnd(10)} ${verdict}\n`);
  }
  if (failed.length > 0) throw new InputError(`this machine lacks something: ${failed.join(', ')}`);
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`${process.version} is too old: 20.19 or newer is needed`);
  return process.version;
}

function simd(): string {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } };
  if (!WebAssembly.validate(Uint8Array.from(SIMD_MODULE))) throw new Error('WebAssembly has no 128-bit SIMD here');
  return 'WebAssembly 128-bit';
}

function kernel(): string {
  const here = kernelIdentity();
  if (here !== KERNEL_IDENTITY)
    throw new Error(`computes other bits (${here.slice(0, 12)}) than it should (${KERNEL_IDENTITY.slice(0, 12)})`);
  return `self-test passed, identity ${here.slice(0, 12)}`;
}

function engine(): string {
  const { why, warning } = chooseEngine();
  if (warning !== undefined) throw new Error(warning);
  return why;
}

async function tfjs(): Promise<string> {
  if (!hasTfjs()) return 'not installed: runs with engine tfjs cannot be computed here (npm install --include=optional)';
  return `TensorFlow.js, backend ${await startBackend()}, for runs with engine tfjs (not bit-identical)`;
}

function threads(): Promise<string> {
  return withThreads({}, async ({ slots }) => `${slots} started`);
}

/** Makes a store with a run, in a folder of its own that is removed again. */
function store(folder: string): string {
  const wasThere = existsSync(folder);
  makeFolder(folder);
  let place: string;
  try {
    place = mkdtempSync(join(folder, '.doctor-'));
  } catch (error) {
    throw fileError('write to', folder, error);
  }
  try {
    const store = RunStore.open(join(place, 'run.sqlite'));
    store.createRun({ id: RUN_ID, name: 'doctor', spec: resolveSpec({}), kernel: KERNEL_IDENTITY });
    store.close();
    return `SQLite works, ${folder} is writable`;
  } finally {
    rmSync(place, { recursive: true });
    if (!wasThere) rmdirSync(folder);
  }
}

async function figures(): Promise<string> {
  const { renderPng } = await import('@metaplast/figures/png');
  const png = renderPng('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
  return `PNG renderer loads (${png.length} bytes)`;
}
