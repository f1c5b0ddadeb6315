// The rule that a command is about: published, or of a file.

import { findRule, ruleNames, type ThetaFile } from '@metaplast/training';
import type { Command } from 'commander';
import { readTheta, requireKernel } from '../artifacts/theta.js';
import { InputError } from '../errors.js';
import { suggestion } from '../spec/suggest.js';
import { OfferingOption } from './options.js';

export interface RuleOptions {
  rule?: string;
  theta?: string;
}

/** --rule and --theta. */
export function addRuleOptions(command: Command): Command {
  return command
    .addOption(new OfferingOption('--rule <name>', `a published rule: ${ruleNames().join(', ')}`, ruleNames()))
    .option('--theta <file>', 'a θ file: theta.safetensors or theta.npz');
}

/** The rule that is asked for, of this kernel; throws InputError. */
export function ruleFile({ rule, theta }: RuleOptions): ThetaFile {
  if ((rule === undefined) === (theta === undefined)) throw new InputError('give --rule NAME or --theta FILE, one of the two');
  const file = theta === undefined ? findRule(rule!) : readTheta(theta);
  if (file === undefined) throw new InputError(`there is no published rule ${JSON.stringify(rule)}; ${suggestion(rule!, ruleNames())}`);
  requireKernel(theta ?? `rule ${rule}`, file);
  return file;
}
