// A run from its spec to its files: what `quickstart` and `train` do. Started again on the same folder it goes on where it
// stopped; when it is finished it makes the files that are missing, and never touches those that are there.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Dispatcher } from '@metaplast/dispatch';
import { requireEngine } from '@metaplast/engine';
import { isBitIdentical, type RunSpec, runTrainings } from '@metaplast/protocol';
import { heldOutBaselines, type Report, type RunRecord, type RunStore, reportRun, runTraining } from '@metaplast/training';
import { ARTIFACTS, FIGURE_FILES, missing, openOrBeginRun, REPORT_FILES, RUN_ID } from './folder.js';
import { interruptSignal, thisCommand } from './interrupt.js';
import { writeFigure, writeReportFiles } from './outputs.js';
import { duration, ProgressDisplay } from './progress.js';
import { placeOf, type RedisPlace, withRedis } from './redis.js';
import { storedReport } from './stored.js';
import { count, reportTable } from './table.js';
import { type Threads, withThreads } from './threads.js';

export interface TrainOptions extends Threads {
  spec: RunSpec;
  /** What the run is called: its preset or file. */
  name: string;
  folder: string;
  /** Computes on the workers of a Redis in place of this machine's threads. */
  redis?: RedisPlace | undefined;
}

/** Throws InputError, StoreError, EngineError, Interrupted, or what RedisFleet and RedisDispatcher throw. */
export async function trainInto({ spec, name, folder, threads = availableParallelism(), engine, redis }: TrainOptions): Promise<void> {
  if (redis === undefined) requireEngine(engine); // before there is a folder
  const display = new ProgressDisplay();
  const { store, run } = openOrBeginRun(folder, name, spec);
  try {
    const absent = missing(folder, ARTIFACTS);
    if (run.state === 'succeeded' && absent.length === 0) {
      display.say(`${reportTable(storedReport(store))}\n`);
      display.say(`${folder} is finished and has all its files; nothing to do. For another run choose another folder with --out.`);
      return;
    }
    announce(display, folder, store, run, redis ? 'the workers at hand' : `${threads} threads`);
    const signal = interruptSignal(`stopped; nothing is lost. Go on with: ${thisCommand()}`, () => {
      display.say('Stopping after this generation (Ctrl-C again: at once) …');
    });
    const say = (line: string): void => display.say(line);
    const withEngines = (use: (dispatcher: Dispatcher) => Promise<void>): Promise<void> =>
      redis ? withRedis(redis, placeOf(folder, run), { signal, say }, use) : withThreads({ threads, engine }, use);
    await withEngines(async (dispatcher) => {
      await train(display, store, spec, dispatcher, signal);
      signal.throwIfAborted();
      const report = await compare(display, store, dispatcher, signal);
      writeReportFiles(folder, store, report, missing(folder, REPORT_FILES));
      await writeFigure(folder, store, missing(folder, FIGURE_FILES));
      display.say(`\n${reportTable(report.tasks)}\n\n${summary(report)}\nWrote ${absent.map((file) => join(folder, file)).join(', ')}`);
    });
  } finally {
    display.end();
    store.close();
  }
}

function announce(display: ProgressDisplay, folder: string, store: RunStore, { spec, state }: RunRecord, engines: string): void {
  const { generations, pairs } = spec.outer;
  const { families, reportTrials } = spec.evaluation;
  const done = store.series.totals(RUN_ID).generations;
  if (state === 'succeeded') {
    display.say(`${folder} is finished; making the files that are missing.`);
    return;
  }
  display.say(`Meta-training a plasticity rule on ${spec.tasks.map((task) => task.family).join(', ')}, seed ${spec.seed}, on ${engines}`);
  display.say(`  1. tune the baselines (backprop with SGD and Adam) on ${spec.evaluation.validationTrials} tasks`);
  display.say(`  2. ${generations} generations of ${pairs} antithetic pairs: ${count(runTrainings(spec))} inner trainings`);
  display.say(`  3. rule and baselines on ${count(reportTrials)} fresh tasks of each of ${families.length} families`);
  display.say(`  4. ${ARTIFACTS.join(', ')} in ${folder}`);
  if (!isBitIdentical(spec)) {
    display.say(`Engine ${spec.engine}: not bit-identical. Another machine or backend, or other chunks, may give another θ.`);
  }
  if (done > 0) display.say(`Going on from generation ${done}.`);
}

async function train(display: ProgressDisplay, store: RunStore, spec: RunSpec, dispatcher: Dispatcher, signal: AbortSignal): Promise<void> {
  const baselines = await heldOutBaselines({ spec, dispatcher, signal }, { store, runId: RUN_ID });
  const { sgd } = baselines;
  await runTraining({ store, runId: RUN_ID, dispatcher, signal, onProgress: (progress) => display.update(progress, sgd.accuracy) });
  display.end();
}

async function compare(display: ProgressDisplay, store: RunStore, dispatcher: Dispatcher, signal: AbortSignal): Promise<Report> {
  const onTask = ({ family }: { family: string }): void => display.say(`  ${family} compared`);
  return await reportRun({ store, runId: RUN_ID, dispatcher, signal, onTask });
}

function summary({ innerTrainings, seconds, trainingsPerSecond, utilisation, thetaSha256, engines, bitIdentical }: Report): string {
  const bits = bitIdentical ? '' : ` (not bit-identical, computed by ${engines.join(', ')})`;
  const busy = `${Math.round(100 * utilisation)} % busy`;
  return `${count(innerTrainings)} inner trainings in ${duration(seconds)} (${count(trainingsPerSecond)}/s, ${busy}); θ sha256 ${thetaSha256}${bits}`;
}
