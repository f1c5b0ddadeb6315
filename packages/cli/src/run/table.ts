// The report as a table of text: a row a family, the rule beside the tuned baselines and the paired differences.

import type { ReportTask } from '@metaplast/training';
import { columns } from './columns.js';

const HEADINGS = ['fresh tasks', 'rule', 'backprop SGD', 'backprop Adam', 'rule − SGD', 'rule − Adam'];

/** Accuracies in percent with one standard error. */
export function reportTable(tasks: readonly ReportTask[]): string {
  const rows = tasks.map(({ family, trials, rule, baselines, paired }) => [
    `${family} (${trials})`,
    accuracy(rule),
    accuracy(baselines.sgd),
    accuracy(baselines.adam),
    difference(paired.sgd),
    difference(paired.adam),
  ]);
  return columns([HEADINGS, ...rows]);
}

export const accuracy = ({ accuracy, se }: { accuracy: number; se: number }): string =>
  `${(100 * accuracy).toFixed(1)} ± ${(100 * se).toFixed(1)} %`;

/** In points. */
export function difference({ difference, se }: { difference: number; se: number }): string {
  const points = (100 * difference).toFixed(1);
  return `${points.startsWith('-') ? points.replace('-', '−') : `+${points}`} ± ${(100 * se).toFixed(1)}`;
}
