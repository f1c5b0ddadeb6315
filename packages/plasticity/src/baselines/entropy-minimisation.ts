// Entropy minimisation: the network is to be sure of the unlabelled points, whatever it takes them for.

import { log } from '@metaplast/kernel';
import type { Baseline, BaselineTask } from './baseline.js';
import { GRID, semiSupervised } from './semi-supervised.js';

/** Of H = −Σ p log p: ∂H/∂y_k = −p_k (log p_k + H). A probability of 0 adds nothing. */
function entropyError(p: Float64Array, error: Float64Array): void {
  let entropy = 0;
  for (const q of p) if (q > 0) entropy -= q * log(q);
  for (let k = 0; k < p.length; k++) error[k] = p[k]! > 0 ? -p[k]! * (log(p[k]!) + entropy) : 0;
}

export const ENTROPY_MINIMISATION = {
  kind: 'entropy-minimisation',
  summary: 'gradient descent that also lowers the entropy of its guesses (Grandvalet and Bengio, 2004)',
  hyperparameters: ['learningRate', 'weight'],
  grid: GRID,
  start: (task: BaselineTask, setting: readonly number[]) => semiSupervised(task, setting, entropyError),
} as const satisfies Baseline;
