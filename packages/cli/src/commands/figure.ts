// metaplast figure: draws a run's figure again, at whatever generation it is, or what a rule computes.

import { join, resolve } from 'node:path';
import { ruleResponse, ruleResponseSvg } from '@metaplast/figures';
import type { Command } from 'commander';
import { makeFolder, requireNew, writeFiles } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { FIGURE_FILES, openRun } from '../run/folder.js';
import { writeFigure } from '../run/outputs.js';
import { addRuleOptions, type RuleOptions, ruleFile } from './rule.js';

interface Options extends RuleOptions {
  out: string;
  force?: boolean;
}

const RULE_FILES = ['rule.svg', 'rule.png'] as const;

export function addFigure(program: Command): void {
  addRuleOptions(program.command('figure'))
    .description('draw figure.svg and figure.png of a run, finished or not, or rule.svg and rule.png: what a rule computes')
    .argument('[run]', 'folder of a run')
    .option('--out <dir>', 'folder to write to (default: the run’s, or this one)')
    .option('--force', 'overwrite files that exist (those in the run’s own folder always are)')
    .action(async (run: string | undefined, { out = run ?? '.', ...options }: Partial<Options>) => {
      if ([run, options.rule, options.theta].filter((source) => source !== undefined).length !== 1) {
        throw new InputError('give the folder of a run, --rule NAME or --theta FILE; one of them');
      }
      const files = run === undefined ? RULE_FILES : FIGURE_FILES;
      if (run === undefined || resolve(run) !== resolve(out)) for (const file of files) requireNew(join(out, file), options.force);
      await (run === undefined ? drawRule(options, out) : drawRun(run, out));
      process.stdout.write(`Wrote ${files.map((file) => join(out, file)).join(', ')}\n`);
    });
}

async function drawRun(folder: string, out: string): Promise<void> {
  const { store } = openRun(folder);
  try {
    makeFolder(out);
    await writeFigure(out, store, FIGURE_FILES);
  } finally {
    store.close();
  }
}

async function drawRule(options: RuleOptions, out: string): Promise<void> {
  const { spec, theta, generation } = ruleFile(options);
  const subtitle = `${options.rule ?? options.theta}, seed ${spec.seed}, generation ${generation}`;
  const svg = ruleResponseSvg({ title: 'What the rule answers', subtitle, answers: ruleResponse(spec, theta) });
  const files: Record<(typeof RULE_FILES)[number], string | Uint8Array> = {
    'rule.svg': svg,
    'rule.png': (await import('@metaplast/figures/png')).renderPng(svg),
  };
  makeFolder(out);
  writeFiles(out, files);
}
