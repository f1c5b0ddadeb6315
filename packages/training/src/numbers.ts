// Accuracies and their differences as readers see them, wherever that is. Needs nothing, so that commands which only print load it alone.

import type { Difference } from './evaluation/trials.js';

/** .9712 → '97.1' */
export const percent = (share: number): string => (100 * share).toFixed(1);

/** In points: '+10.5 ± 0.2'. What is rounded to 0 has no sign of its own. */
export function points({ difference, se }: Difference): string {
  const text = percent(Math.abs(difference));
  return `${difference < 0 && text !== '0.0' ? '−' : '+'}${text} ± ${percent(se)}`;
}
