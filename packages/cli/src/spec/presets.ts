// Presets: specs that come along, in presets/*.json.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PartialRunSpec } from '@metaplast/protocol';
import { InputError } from '../errors.js';
import { suggestion } from './suggest.js';

export interface Preset {
  description: string;
  spec: PartialRunSpec;
}

const FOLDER = fileURLToPath(new URL('../../presets/', import.meta.url));

/** Names of all presets, in alphabetical order. */
export function presetNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort();
}

/** Throws InputError for an unknown name. */
export function readPreset(name: string): Preset {
  const names = presetNames();
  if (!names.includes(name)) throw new InputError(`there is no preset ${JSON.stringify(name)}; ${suggestion(name, names)}`);
  return JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as Preset;
}
