// Published rules: θ files that come along, in rules/*.safetensors at the top of the repository, each with what its run measured.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeTheta, type ThetaFile } from './artifacts/theta.js';

const FOLDER = fileURLToPath(new URL('../../../rules/', import.meta.url));
const EXTENSION = '.safetensors';

/** Names of all published rules, in alphabetical order. */
export function ruleNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/** The published rule of a name, if there is one. */
export function findRule(name: string): ThetaFile | undefined {
  return ruleNames().includes(name) ? decodeTheta(readFileSync(`${FOLDER}${name}${EXTENSION}`)) : undefined;
}
