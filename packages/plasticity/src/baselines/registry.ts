// All baselines by name.

import type { BaselineKind } from '@metaplast/protocol';
import { ALL_LABELS } from './all-labels.js';
import type { Baseline } from './baseline.js';
import { ENTROPY_MINIMISATION } from './entropy-minimisation.js';
import { FEEDBACK_ALIGNMENT } from './feedback-alignment.js';
import { LABEL_SPREADING } from './label-spreading.js';
import { PSEUDO_LABELS } from './pseudo-labels.js';
import { ADAM, SGD } from './supervised.js';

export const BASELINES: Readonly<Record<BaselineKind, Baseline>> = {
  sgd: SGD,
  adam: ADAM,
  'all-labels': ALL_LABELS,
  'feedback-alignment': FEEDBACK_ALIGNMENT,
  'pseudo-labels': PSEUDO_LABELS,
  'entropy-minimisation': ENTROPY_MINIMISATION,
  'label-spreading': LABEL_SPREADING,
};
