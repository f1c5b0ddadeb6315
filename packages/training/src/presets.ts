// Presets: specs that come along, in presets/*.json.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PartialRunSpec } from '@metaplast/protocol';

export interface Preset {
  description: string;
  spec: PartialRunSpec;
}

const FOLDER = fileURLToPath(new URL('../presets/', import.meta.url));

/** Names of all presets, in alphabetical order. */
export function presetNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort();
}

/** The preset of a name, if there is one. */
export function findPreset(name: string): Preset | undefined {
  return presetNames().includes(name) ? (JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as Preset) : undefined;
}
