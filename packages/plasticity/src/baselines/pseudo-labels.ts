// Pseudo-labels: an unlabelled point counts as labelled with the class that the network itself finds likeliest, once it is sure.

import type { Baseline, BaselineTask } from './baseline.js';
import { GRID, semiSupervised } from './semi-supervised.js';

/** Probability from which on a guess counts as a label. */
const SURE = 0.8;

/** Cross-entropy to the likeliest class (of equal ones the first), where that is likely enough. */
function guessed(p: Float64Array, error: Float64Array): void {
  let guess = 0;
  for (let k = 1; k < p.length; k++) if (p[k]! > p[guess]!) guess = k;
  for (let k = 0; k < p.length; k++) error[k] = p[guess]! < SURE ? 0 : p[k]! - (k === guess ? 1 : 0);
}

export const PSEUDO_LABELS = {
  kind: 'pseudo-labels',
  summary: 'gradient descent that also takes its own guesses of at least .8 for labels (Lee, 2013)',
  hyperparameters: ['learningRate', 'weight'],
  grid: GRID,
  start: (task: BaselineTask, setting: readonly number[]) => semiSupervised(task, setting, guessed),
} as const satisfies Baseline;
