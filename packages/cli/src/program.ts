// All commands, and what happens to whatever they throw.

import { Command, CommanderError } from 'commander';
import { describeFailure, EXIT } from './errors.js';
import { Interrupted } from './run/interrupt.js';
import { VERSION } from './version.js';

type Add = (program: Command) => void;

/** By name, in the order of the help; a command's module, and all that it needs, is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  quickstart: async () => (await import('./commands/quickstart.js')).addQuickstart,
  train: async () => (await import('./commands/train.js')).addTrain,
  evaluate: async () => (await import('./commands/evaluate.js')).addEvaluate,
  reproduce: async () => (await import('./commands/reproduce.js')).addReproduce,
  apply: async () => (await import('./commands/apply.js')).addApply,
  export: async () => (await import('./commands/export.js')).addExport,
  figure: async () => (await import('./commands/figure.js')).addFigure,
  spec: async () => (await import('./commands/spec.js')).addSpec,
  doctor: async () => (await import('./commands/doctor.js')).addDoctor,
  worker: async () => (await import('./commands/worker.js')).addWorker,
  serve: async () => (await import('./commands/serve.js')).addServe,
  submit: async () => (await import('./commands/submit.js')).addSubmit,
  ls: async () => (await import('./commands/ls.js')).addLs,
  show: async () => (await import('./commands/show.js')).addShow,
  watch: async () => (await import('./commands/watch.js')).addWatch,
  cancel: async () => (await import('./commands/steer.js')).addSteer,
  pause: async () => (await import('./commands/steer.js')).addSteer,
  resume: async () => (await import('./commands/steer.js')).addSteer,
  fork: async () => (await import('./commands/fork.js')).addFork,
  compare: async () => (await import('./commands/compare.js')).addCompare,
  download: async () => (await import('./commands/download.js')).addDownload,
  workers: async () => (await import('./commands/workers.js')).addWorkers,
};

/** The one that is named, or all: for help, the names themselves, and what does not exist. */
async function commands([first = '', , second = '', ...more]: readonly string[]): Promise<Add[]> {
  if (Object.hasOwn(COMMANDS, first)) return [await COMMANDS[first]!()];
  const { addCompletion } = await import('./commands/completion.js');
  // A shell asks: complete -- ls --na
  if (first === 'complete' && more.length > 0 && Object.hasOwn(COMMANDS, second)) return [await COMMANDS[second]!(), addCompletion];
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return [...new Set(all), addCompletion];
}

async function makeProgram(argv: readonly string[]): Promise<Command> {
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
  for (const add of await commands(argv)) add(program);
  return program;
}

/** Runs a command line; resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await (await makeProgram(argv)).parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
    const { text, exitCode } = describeFailure(error);
    process.stderr.write(`${text}\n`);
    return error instanceof Interrupted ? EXIT.interrupted : exitCode;
  }
}
