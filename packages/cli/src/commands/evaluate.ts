// metaplast evaluate: θ against tuned baselines on fresh tasks. A run is evaluated on its server; a published rule or a θ file here, unless a server is named.

import type { EngineChoice } from '@metaplast/engine';
import { kernelIdentity, thetaLength } from '@metaplast/kernel';
import { TUNED_ON } from '@metaplast/protocol';
import { evaluateReport, thetaSha256 } from '@metaplast/training';
import { type Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { addRemoteOptions, withServer } from '../remote/connect.js';
import { type EvaluateOptions, evaluateThere } from '../remote/evaluate.js';
import { interruptSignal } from '../run/interrupt.js';
import { reportTable, tuningNote } from '../run/table.js';
import { withThreads } from '../run/threads.js';
import { loadSpec, type SpecOptions } from '../spec/load.js';
import { addSpecOptions, engineOption, parseGeneration, threadsOption, wholeNumber } from './options.js';
import { addRuleOptions, type RuleOptions, ruleFile } from './rule.js';

interface Options extends SpecOptions, EvaluateOptions, RuleOptions {
  threads?: number;
  engine?: EngineChoice;
}

/** Options that mean nothing in the other place. */
const HERE_ONLY = ['preset', 'spec', 'threads', 'engine'] as const;
const THERE_ONLY = ['generation', 'trials', 'baselines', 'name'] as const;

export function addEvaluate(program: Command): void {
  addRemoteOptions(addSpecOptions(addRuleOptions(program.command('evaluate'))))
    .description(
      'compare θ of a server’s run, of a published rule or of a file, with tuned baselines on fresh tasks (of its own spec, unless another is given)',
    )
    .argument('[run]', 'run of a server: id, the beginning of it, or name')
    .addOption(threadsOption())
    .addOption(engineOption())
    .option('--generation <n>', 'on a server: checkpoint of the run (default: the newest)', parseGeneration)
    .option('--trials <n>', 'on a server: fresh tasks a family (default: as the spec says)', wholeNumber(8, 100_000))
    .option('--baselines <kinds>', 'on a server: what to compare with, with commas (default: sgd,adam)')
    .addOption(
      new Option(
        '--tuned-on <families>',
        'whose validation tasks the baselines are tuned on: each family its own, or the first alone, as the rule',
      )
        .choices(TUNED_ON)
        .default('each'),
    )
    .option('--name <name>', 'on a server: what the evaluation is called')
    .option('--no-wait', 'on a server: print the id, and leave')
    .action(evaluate);
}

async function evaluate(run: string | undefined, options: Options, command: Command): Promise<void> {
  if ([run, options.theta, options.rule].filter((source) => source !== undefined).length !== 1) {
    throw new InputError('give a run of a server, --rule NAME or --theta FILE; one of them');
  }
  const there = run !== undefined || command.getOptionValueSource('url') === 'cli';
  for (const name of there ? HERE_ONLY : THERE_ONLY) {
    if (options[name] !== undefined) {
      throw new InputError(
        `--${name} is for evaluations ${there ? 'on this machine' : 'on a server'}, and this is one ${there ? 'on a server' : 'on this machine'}`,
      );
    }
  }
  if (!there && !options.wait) throw new InputError('--no-wait is for evaluations on a server, and this is one on this machine');
  if (run === undefined && options.generation !== undefined) {
    throw new InputError('--generation chooses a checkpoint of a run; a θ that is given has none to choose from');
  }
  if (there) await withServer(options, (client) => evaluateThere(client, run ?? ruleFile(options), options));
  else await evaluateHere(options);
}

async function evaluateHere({ threads, engine, json, ...options }: Options): Promise<void> {
  const file = ruleFile(options);
  const spec = loadSpec(options, file.spec);
  const expected = thetaLength(spec.rule.hidden);
  if (file.theta.length !== expected) {
    throw new InputError(
      `${options.theta ?? options.rule} does not fit the spec: θ has ${file.theta.length} numbers, the spec's rule has ${expected}`,
    );
  }
  const { theta, generation } = file;
  const { tunedOn } = options;
  const signal = interruptSignal('stopped', () => {});
  const tasks = await withThreads({ threads, engine }, (dispatcher) => evaluateReport({ spec, dispatcher, theta, tunedOn, signal }));
  const document = { seed: spec.seed, tunedOn, kernel: kernelIdentity(), generations: generation, thetaSha256: thetaSha256(theta), tasks };
  process.stdout.write(
    `${json ? JSON.stringify(document, null, 2) : reportTable(tasks) + tuningNote(tunedOn, spec.evaluation.families[0]!.family)}\n`,
  );
}
