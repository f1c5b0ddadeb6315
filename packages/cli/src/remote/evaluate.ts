// An evaluation on a server: of a run's checkpoint, or of a θ file; waited for unless told not to.

import type { Client } from '@metaplast/client';
import {
  type BaselineKind,
  ENDED,
  type Evaluation,
  type NewEvaluation,
  type RunSpec,
  resolveSpec,
  type TunedOn,
} from '@metaplast/protocol';
import { type ThetaFile, thetaSha256 } from '@metaplast/training';
import { Interrupted, interruptSignal } from '../run/interrupt.js';
import { applyOverrides } from '../spec/overrides.js';
import { patchBetween } from '../spec/patch.js';
import { command, printJson, type RemoteOptions } from './connect.js';
import { findRun } from './find.js';
import { RunFailed } from './follow.js';
import { awayNotice, patiently, pause } from './patience.js';
import { evaluationTable } from './tables.js';

export interface EvaluateOptions extends RemoteOptions {
  generation?: number;
  trials?: number;
  baselines?: string;
  tunedOn: TunedOn;
  set?: string[];
  name?: string;
  wait: boolean;
}

/** Of a run of the server or of a given θ. Prints the table, or with `wait` false the id. Throws RunFailed, Interrupted, InputError. */
export async function evaluateThere(client: Client, subject: string | ThetaFile, options: EvaluateOptions): Promise<void> {
  const { wait, json } = options;
  const made = await client.evaluate(await request(client, subject, options));
  if (!wait) {
    if (json) return printJson(made);
    process.stdout.write(`${made.id}\n`);
    process.stderr.write(`metaplast: the evaluation is ${made.state}; its result: ${command(`show ${made.id}`, options)}\n`);
    return;
  }
  const done = await ended(client, made, options);
  if (json) printJson(done);
  else if (done.state === 'succeeded') process.stdout.write(`${evaluationTable(done)}\n`);
  if (done.state === 'failed') throw new RunFailed(`evaluation ${done.id} failed: ${done.reason ?? 'no reason was given'}`);
  if (done.state === 'cancelled') throw new Interrupted(`evaluation ${done.id} was cancelled`);
}

async function request(client: Client, subject: string | ThetaFile, options: EvaluateOptions): Promise<NewEvaluation> {
  const { generation, trials, baselines, tunedOn, set = [], name } = options;
  const common = {
    tunedOn,
    ...(trials === undefined ? {} : { trials }),
    ...(baselines === undefined ? {} : { baselines: baselines.split(',').filter((kind) => kind !== '') as BaselineKind[] }),
    ...(name === undefined ? {} : { name }),
  };
  if (typeof subject === 'string') {
    const { id, spec } = await client.run(await findRun(client, subject));
    return { run: id, ...(generation === undefined ? {} : { generation }), ...changes(spec, set), ...common };
  }
  // The whole file: the server compares its kernel with its own.
  const { theta, spec, kernel } = subject;
  const file = { theta: [...theta], spec, sha256: thetaSha256(theta), kernel };
  return { theta: file, spec: resolveSpec(applyOverrides(spec, set)), ...common };
}

function changes(spec: RunSpec, set: readonly string[]): { spec?: unknown } {
  const patch = patchBetween(spec, resolveSpec(applyOverrides(spec, set)));
  return patch === undefined ? {} : { spec: patch };
}

/** Looks until it has ended, through restarts of the server. */
async function ended(client: Client, made: Evaluation, options: RemoteOptions): Promise<Evaluation> {
  const signal = interruptSignal(`the evaluation goes on; its result: ${command(`show ${made.id}`, options)}`, () => {});
  const away = awayNotice(options);
  let evaluation = made;
  while (!ENDED.includes(evaluation.state)) {
    await pause(signal);
    evaluation = await patiently(() => client.evaluation(made.id), away, signal);
  }
  return evaluation;
}
