// The report as a table of text: a row a family, the rule beside the tuned baselines and the paired differences.

import type { ReportTask } from '@metaplast/training';

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
  const widths = HEADINGS.map((heading, c) => Math.max(heading.length, ...rows.map((row) => row[c]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('   ');
  return [line(HEADINGS), ...rows.map(line)].join('\n');
}

const accuracy = ({ accuracy, se }: { accuracy: number; se: number }): string =>
  `${(100 * accuracy).toFixed(1)} ± ${(100 * se).toFixed(1)} %`;

/** In points. */
function difference({ difference, se }: { difference: number; se: number }): string {
  const points = (100 * difference).toFixed(1);
  return `${points.startsWith('-') ? points.replace('-', '−') : `+${points}`} ± ${(100 * se).toFixed(1)}`;
}
