// The report as a table of text: a row a family, the rule beside the tuned baselines and the paired differences.

import type { TunedOn } from '@metaplast/protocol';
import type { ReportTask } from '@metaplast/training';
import { percent, points } from '@metaplast/training/numbers';
import { columns } from './columns.js';

const HEADINGS = ['fresh tasks', 'rule', 'backprop SGD', 'backprop Adam', 'rule − SGD', 'rule − Adam'];

/** Accuracies in percent with one standard error. */
export function reportTable(tasks: readonly ReportTask[]): string {
  const rows = tasks.map(({ family, trials, rule, baselines, paired }) => [
    `${family} (${trials})`,
    accuracy(rule),
    accuracy(baselines.sgd),
    accuracy(baselines.adam),
    points(paired.sgd),
    points(paired.adam),
  ]);
  return columns([HEADINGS, ...rows]);
}

/** What stands below a table whose baselines are not tuned on each row's own family. */
export const tuningNote = (tunedOn: TunedOn, firstFamily: string): string =>
  tunedOn === 'first' ? `\n\nThe baselines are tuned on validation tasks of ${firstFamily} alone.` : '';

export const accuracy = ({ accuracy, se }: { accuracy: number; se: number }): string => `${percent(accuracy)} ± ${percent(se)} %`;

export const count = (value: number): string => Math.round(value).toLocaleString('en-GB');
