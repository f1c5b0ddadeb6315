// metaplast apply: a learned rule on points of your own.

import { basename, dirname, resolve } from 'node:path';
import { points as inPoints } from '@metaplast/training/numbers';
import { type Command, Option } from 'commander';
import { applyRule, likeliest, type Mean } from '../apply/apply.js';
import { type Points, readPoints, SCALES, type Scale } from '../apply/points.js';
import { requireNew, writeFiles } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { printable } from '../printable.js';
import { accuracy as withError } from '../run/table.js';
import { wholeNumber } from './options.js';
import { addRuleOptions, type RuleOptions, ruleFile } from './rule.js';

interface Options extends RuleOptions {
  data: string;
  labels: string;
  scale: Scale;
  labelled: number;
  repeats: number;
  predictions?: string;
  force?: boolean;
  json?: boolean;
}

/** What SGD's learning rate comes out as on two-moons. */
const USUAL_RATE = 0.5;

export function addApply(program: Command): void {
  addRuleOptions(program.command('apply'))
    .description('train a network on your own points with a learned rule, a few of them labelled, and compare with backprop')
    .requiredOption('--data <file>', 'CSV with a header; all columns but the labels’ are numbers')
    .requiredOption('--labels <column>', 'column with the classes; empty cells are points of unknown class')
    .addOption(
      new Option('--scale <how>', 'unit variance of each column, or of all together (columns of one unit)')
        .choices(SCALES)
        .default('columns'),
    )
    .addOption(new Option('--labelled <n>', 'labelled points a class that are trained on').argParser(wholeNumber(1, 64)).default(5))
    .addOption(new Option('--repeats <n>', 'times that labelled points and networks are drawn').argParser(wholeNumber(2, 1000)).default(20))
    .option('--predictions <file>', 'write a CSV with each row’s likeliest class and its probability')
    .option('--force', 'overwrite that file if it exists')
    .option('--json', 'print JSON in place of the table')
    .action(apply);
}

function apply({ data, labels, scale, labelled, repeats, predictions, force, json, ...options }: Options): void {
  const file = ruleFile(options);
  if (predictions !== undefined && resolve(predictions) === resolve(data)) {
    throw new InputError(`--predictions ${predictions} would overwrite the data`);
  }
  if (predictions !== undefined) requireNew(predictions, force);
  const points = readPoints(data, labels, scale);
  const { rule, backprop, probabilities } = applyRule(file, points, { labelled, repeats });
  if (predictions !== undefined) {
    writeFiles(dirname(predictions), { [basename(predictions)]: predictionsCsv(points, probabilities) });
  }
  if (json) {
    const { columns, classes } = points;
    process.stdout.write(`${JSON.stringify({ columns, classes, labelled, repeats, rule, backprop }, null, 2)}\n`);
    return;
  }
  const usual = backprop.find(({ learningRate }) => learningRate === USUAL_RATE)!;
  const best = backprop.reduce((a, b) => (b.accuracy.mean > a.accuracy.mean ? b : a));
  const versus = ({ learningRate, accuracy, ruleMinusBackprop }: typeof best, note: string): string =>
    `${name(`backprop, SGD ${learningRate} (${note})`)}${share(accuracy)}   rule − backprop ${difference(ruleMinusBackprop)}`;
  process.stdout.write(
    [
      `${points.labels.length} rows, ${points.columns.length} columns, ${points.classes.length} classes (${points.classes.map(printable).join(', ')}); ${labelled} labels a class, ${repeats} repeats`,
      `${name(`learned rule (${options.rule ?? options.theta})`)}${share(rule)}`,
      versus(usual, 'the best rate on two-moons'),
      versus(best, 'the best of 9 rates in hindsight, on these very rows'),
      ...(predictions === undefined ? [] : [`Wrote ${predictions}`]),
      '',
    ].join('\n'),
  );
}

const name = (text: string): string => text.padEnd(76);
const share = ({ mean, se }: Mean): string => withError({ accuracy: mean, se });
const difference = ({ mean, se }: Mean): string => inPoints({ difference: mean, se });

function predictionsCsv({ labels, classes }: Points, probabilities: Float64Array): string {
  const quoted = (name: string): string => (/[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
  const rows = Array.from(labels, (_, row) => {
    const k = likeliest(probabilities, row, classes.length);
    return `${row + 1},${quoted(classes[k]!)},${probabilities[row * classes.length + k]!.toFixed(4)}`;
  });
  return `row,class,probability\n${rows.join('\n')}\n`;
}
