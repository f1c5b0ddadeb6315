// The files of a run, made from its store.

import { type FigureData, figureSvg, mapTasks } from '@metaplast/figures';
import { encodeTheta, loadState, type Report, type RunStore, type ThetaFile } from '@metaplast/training';
import { writeFiles } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { type FIGURE_FILES, type REPORT_FILES, RUN_ID } from './folder.js';
import { storedBaselines, storedHeldOut, storedMetrics } from './stored.js';

/** θ of a generation that has a checkpoint, or the newest; throws InputError. */
export function thetaOf(store: RunStore, generation?: number): ThetaFile {
  const { spec, kernel, forkedFrom } = store.run(RUN_ID);
  const state = loadState(store, RUN_ID, spec, generation);
  if (state === undefined) {
    const stored = store.checkpoints(RUN_ID).join(', ') || 'none';
    throw new InputError(
      `${store.path} has no checkpoint${generation === undefined ? '' : ` of generation ${generation}`}; it has ${stored}`,
    );
  }
  return { spec, kernel, generation: state.generation, theta: state.theta, ...(forkedFrom && { forkedFrom }) };
}

/** Writes those of report.json, theta.safetensors and theta.npz that are asked for. */
export function writeReportFiles(folder: string, store: RunStore, report: Report, files: readonly (typeof REPORT_FILES)[number][]): void {
  const theta = thetaOf(store);
  const contents = {
    'report.json': () => `${JSON.stringify(report, null, 2)}\n`,
    'theta.safetensors': () => encodeTheta(theta, '.safetensors'),
    'theta.npz': () => encodeTheta(theta, '.npz'),
  };
  writeFiles(folder, Object.fromEntries(files.map((file) => [file, contents[file]()])));
}

/** Writes those of figure.svg and figure.png that are asked for. Throws InputError when the run has no held-out baselines yet. */
export async function writeFigure(folder: string, store: RunStore, files: readonly (typeof FIGURE_FILES)[number][]): Promise<void> {
  const svg = figureSvg(figureData(store));
  const contents: Partial<Record<(typeof FIGURE_FILES)[number], string | Uint8Array>> = {};
  if (files.includes('figure.svg')) contents['figure.svg'] = svg;
  // Loaded late: it is native, and nothing else may fail where it is missing.
  if (files.includes('figure.png')) contents['figure.png'] = (await import('@metaplast/figures/png')).renderPng(svg);
  writeFiles(folder, contents);
}

function figureData(store: RunStore): FigureData {
  const { spec, theta, generation } = thetaOf(store);
  const baselines = storedBaselines(store);
  if (baselines === undefined) throw new InputError(`${store.path} has no baselines yet: go on with the run first`);
  const tasks = mapTasks(spec, theta, { kind: 'sgd', learningRate: baselines.sgd.learningRate });
  return { spec, generation, baselines, metrics: storedMetrics(store), heldOut: storedHeldOut(store), tasks };
}
