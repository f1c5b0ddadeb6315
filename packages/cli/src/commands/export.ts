// metaplast export: θ of a run or of a θ file, in any format.

import { statSync } from 'node:fs';
import { FORMATS, type ThetaFile } from '@metaplast/training';
import type { Command } from 'commander';
import { requireNew } from '../artifacts/files.js';
import { readTheta, writeTheta } from '../artifacts/theta.js';
import { fileError, InputError } from '../errors.js';
import { openRun, RUN_ID } from '../run/folder.js';
import { thetaOf } from '../run/outputs.js';
import { parseGeneration } from './options.js';

interface Options {
  to?: string;
  generation?: number;
  force?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description(`write θ to a ${FORMATS.join(', ')} file; without --to, list the generations that a run has`)
    .argument('<source>', 'folder of a run, or a θ file')
    .option('--to <file>', 'file to write')
    .option('--generation <n>', 'generation of a run (default: the newest)', parseGeneration)
    .option('--force', 'overwrite the file if it exists')
    .action(exportTheta);
}

function exportTheta(source: string, { to, generation, force }: Options): void {
  if (to !== undefined) requireNew(to, force);
  if (!isFolder(source)) {
    if (generation !== undefined) throw new InputError(`${source} is a file: it has one generation, so --generation means nothing`);
    save(to, readTheta(source));
    return;
  }
  const { store } = openRun(source);
  try {
    if (to === undefined && generation === undefined) process.stdout.write(`${store.checkpoints(RUN_ID).join('\n')}\n`);
    else save(to, thetaOf(store, generation));
  } finally {
    store.close();
  }
}

function save(to: string | undefined, file: ThetaFile): void {
  if (to === undefined) throw new InputError('give --to FILE');
  writeTheta(to, file);
  process.stdout.write(`Wrote θ of generation ${file.generation} to ${to}\n`);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fileError('read', path, error);
  }
}
