// All commands, and what happens to whatever they throw.

import { Command, CommanderError } from 'commander';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExport } from './commands/export.js';
import { addFigure } from './commands/figure.js';
import { addQuickstart } from './commands/quickstart.js';
import { addServe } from './commands/serve.js';
import { addSpec } from './commands/spec.js';
import { addTrain } from './commands/train.js';
import { addWorker } from './commands/worker.js';
import { describeFailure, EXIT } from './errors.js';
import { Interrupted } from './run/interrupt.js';
import { VERSION } from './version.js';

const COMMANDS = [addQuickstart, addTrain, addEvaluate, addExport, addFigure, addSpec, addDoctor, addWorker, addServe];

function makeProgram(): Command {
  const program = new Command('metaplast')
    .description('Meta-learn how synapses should change')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `metaplast: ${text
            .trim()
            .replace(/^error: /, '')
            .replaceAll('\n', ' ')}\n`,
        ),
    });
  for (const add of COMMANDS) add(program);
  return program;
}

/** Runs a command line; resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
    const { text, exitCode } = describeFailure(error);
    process.stderr.write(`${text}\n`);
    return error instanceof Interrupted ? EXIT.interrupted : exitCode;
  }
}
