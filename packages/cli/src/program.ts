// All commands, and what happens to whatever they throw.

import { Command, CommanderError } from 'commander';
import { addApply } from './commands/apply.js';
import { addCompare } from './commands/compare.js';
import { addCompletion } from './commands/completion.js';
import { addDoctor } from './commands/doctor.js';
import { addDownload } from './commands/download.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExport } from './commands/export.js';
import { addFigure } from './commands/figure.js';
import { addFork } from './commands/fork.js';
import { addLs } from './commands/ls.js';
import { addQuickstart } from './commands/quickstart.js';
import { addReproduce } from './commands/reproduce.js';
import { addServe } from './commands/serve.js';
import { addShow } from './commands/show.js';
import { addSpec } from './commands/spec.js';
import { addSteer } from './commands/steer.js';
import { addSubmit } from './commands/submit.js';
import { addTrain } from './commands/train.js';
import { addWatch } from './commands/watch.js';
import { addWorker } from './commands/worker.js';
import { addWorkers } from './commands/workers.js';
import { describeFailure, EXIT } from './errors.js';
import { Interrupted } from './run/interrupt.js';
import { VERSION } from './version.js';

const HERE = [addQuickstart, addTrain, addEvaluate, addReproduce, addApply, addExport, addFigure, addSpec, addDoctor, addWorker, addServe];
const ON_A_SERVER = [addSubmit, addLs, addShow, addWatch, addSteer, addFork, addCompare, addDownload, addWorkers];

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
  for (const add of [...HERE, ...ON_A_SERVER]) add(program);
  addCompletion(program);
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
