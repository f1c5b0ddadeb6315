// metaplast evaluate: a θ file against the tuned baselines on fresh tasks, of its own spec or of another.

import type { EngineChoice } from '@metaplast/engine';
import { kernelIdentity, thetaLength } from '@metaplast/kernel';
import { evaluateReport, thetaSha256 } from '@metaplast/training';
import type { Command } from 'commander';
import { readTheta, requireKernel } from '../artifacts/theta.js';
import { InputError } from '../errors.js';
import { interruptSignal } from '../run/interrupt.js';
import { reportTable } from '../run/table.js';
import { withThreads } from '../run/threads.js';
import { loadSpec, type SpecOptions } from '../spec/load.js';
import { addSpecOptions, engineOption, threadsOption } from './options.js';

interface Options extends SpecOptions {
  theta: string;
  threads?: number;
  engine?: EngineChoice;
  json?: boolean;
}

export function addEvaluate(program: Command): void {
  addSpecOptions(program.command('evaluate'))
    .description('compare a θ file with tuned backprop on fresh tasks (of its own spec, unless another is given)')
    .requiredOption('--theta <file>', 'theta.safetensors or theta.npz')
    .option('--json', 'print JSON in place of the table')
    .addOption(threadsOption())
    .addOption(engineOption())
    .action(evaluate);
}

async function evaluate({ theta: path, threads, engine, json, ...options }: Options): Promise<void> {
  const file = readTheta(path);
  requireKernel(path, file);
  const spec = loadSpec(options, file.spec);
  const expected = thetaLength(spec.rule.hidden);
  if (file.theta.length !== expected) {
    throw new InputError(`${path} does not fit the spec: θ has ${file.theta.length} numbers, the spec's rule has ${expected}`);
  }
  const { theta, generation } = file;
  const signal = interruptSignal('stopped', () => {});
  const tasks = await withThreads({ threads, engine }, (dispatcher) => evaluateReport({ spec, dispatcher, theta, signal }));
  const document = { seed: spec.seed, kernel: kernelIdentity(), generations: generation, thetaSha256: thetaSha256(theta), tasks };
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : reportTable(tasks)}\n`);
}
