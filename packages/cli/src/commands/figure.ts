// metaplast figure: draws a run's figure again, at whatever generation it is, or what a rule computes.

import { join } from 'node:path';
import { ruleResponse, ruleResponseSvg } from '@metaplast/figures';
import type { Command } from 'commander';
import { makeFolder, writeFiles } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { FIGURE_FILES, openRun } from '../run/folder.js';
import { writeFigure } from '../run/outputs.js';
import { addRuleOptions, type RuleOptions, ruleFile } from './rule.js';

export function addFigure(program: Command): void {
  addRuleOptions(program.command('figure'))
    .description('draw figure.svg and figure.png of a run, finished or not, or rule.svg and rule.png: what a rule computes')
    .argument('[run]', 'folder of a run')
    .option('--out <dir>', 'folder to write to (default: the run’s, or this one)')
    .action(async (run: string | undefined, { out = run ?? '.', ...options }: RuleOptions & { out?: string }) => {
      if ([run, options.rule, options.theta].filter((source) => source !== undefined).length !== 1) {
        throw new InputError('give the folder of a run, --rule NAME or --theta FILE; one of them');
      }
      const files = run === undefined ? await drawRule(options, out) : await drawRun(run, out);
      process.stdout.write(`Wrote ${files.map((file) => join(out, file)).join(', ')}\n`);
    });
}

async function drawRun(folder: string, out: string): Promise<readonly string[]> {
  const { store } = openRun(folder);
  try {
    makeFolder(out);
    await writeFigure(out, store, FIGURE_FILES);
    return FIGURE_FILES;
  } finally {
    store.close();
  }
}

async function drawRule(options: RuleOptions, out: string): Promise<readonly string[]> {
  const { spec, theta, generation } = ruleFile(options);
  const subtitle = `${options.rule ?? options.theta}, seed ${spec.seed}, generation ${generation}`;
  const svg = ruleResponseSvg({ title: 'What the rule answers', subtitle, answers: ruleResponse(spec, theta) });
  const files = { 'rule.svg': svg, 'rule.png': (await import('@metaplast/figures/png')).renderPng(svg) };
  makeFolder(out);
  writeFiles(out, files);
  return Object.keys(files);
}
