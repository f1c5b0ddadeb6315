// The spec that the options of a command ask for.

import { type RunSpec, resolveSpec } from '@metaplast/protocol';
import { findPreset, presetNames } from '@metaplast/training/presets';
import { readFile } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { parseJson } from './json.js';
import { applyOverrides } from './overrides.js';
import { suggestion } from './suggest.js';

/** Options of all commands that take a spec. */
export interface SpecOptions {
  preset?: string;
  spec?: string;
  set?: string[];
}

/** Larger than any spec that is allowed. */
const MAX_BYTES = 64 << 10;

/** Resolves preset or file, or else `fallback`, with the overrides. Throws InputError or ValidationError. */
export function loadSpec({ preset, spec, set = [] }: SpecOptions, fallback?: RunSpec): RunSpec {
  if (preset !== undefined && spec !== undefined) throw new InputError('give --preset or --spec, not both');
  if (preset !== undefined) return overridden(resolveSpec(readPreset(preset)), set);
  if (spec !== undefined) return overridden(resolveSpec(readSpecFile(spec)), set);
  if (fallback !== undefined) return overridden(fallback, set);
  throw new InputError('give --preset NAME or --spec FILE');
}

const overridden = (spec: RunSpec, set: readonly string[]): RunSpec => (set.length === 0 ? spec : resolveSpec(applyOverrides(spec, set)));

function readPreset(name: string): unknown {
  const preset = findPreset(name);
  if (preset === undefined) throw new InputError(`there is no preset ${JSON.stringify(name)}; ${suggestion(name, presetNames())}`);
  return preset.spec;
}

function readSpecFile(path: string): unknown {
  const bytes = readFile(path, MAX_BYTES);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${path} is not text in UTF-8`, { cause });
  }
  return parseJson(text, path);
}
