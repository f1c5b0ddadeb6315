// The paper again, in one folder: one run for each seed (seed-N/, in the layout of `train`, which can continue it or compute it on other
// machines), the trials of the study (trials/), and the files made of them. Started again it computes only what is missing.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Dispatcher } from '@metaplast/dispatch';
import { requireEngine } from '@metaplast/engine';
import {
  csv,
  innerRows,
  innerTrainingVega,
  type MetaTrainingFigure,
  mapTasks,
  metaRows,
  metaTrainingSvg,
  metaTrainingVega,
  paperFigureSvg,
  ruleResponse,
  ruleResponseSvg,
} from '@metaplast/figures';
import { kernelIdentity } from '@metaplast/kernel';
import { BASELINE_KINDS, type RunSpec, resolveSpec, runTrainings, ValidationError } from '@metaplast/protocol';
import {
  baselineErrors,
  curveFamilies,
  encodeTheta,
  type HeldOut,
  heldOutBaselines,
  makeStudy,
  remembering,
  runTraining,
  type Study,
  statements,
  thetaSha256,
} from '@metaplast/training';
import { makeFolder, writeFiles } from '../artifacts/files.js';
import { openOrBeginRun, RUN_ID } from './folder.js';
import { interruptSignal, thisCommand } from './interrupt.js';
import { thetaOf } from './outputs.js';
import { duration, ProgressDisplay } from './progress.js';
import { captions, studyTables } from './reproduction-texts.js';
import { type HeldOutBaselines, storedHeldOut } from './stored.js';
import { count } from './table.js';
import { type Threads, withThreads } from './threads.js';

export interface ReproduceOptions extends Threads {
  /** Of the first seed; the others differ in nothing but the seed. */
  spec: RunSpec;
  name: string;
  seeds: number;
  /** Tasks behind the curves along the inner training. */
  trials: number;
  folder: string;
}

/** A seed's run when it is done. */
export interface SeedRun {
  seed: number;
  theta: Float32Array;
  heldOut: HeldOut[];
  baselines: HeldOutBaselines;
  seconds: number;
}

export interface Reproduction {
  name: string;
  spec: RunSpec;
  kernel: string;
  runs: readonly SeedRun[];
  study: Study;
}

/** Throws InputError, StoreError, EngineError or Interrupted. */
export async function reproduceInto({
  spec,
  name,
  seeds,
  trials,
  folder,
  threads = availableParallelism(),
  engine,
}: ReproduceOptions): Promise<void> {
  requireEngine(engine);
  const wrong = baselineErrors(spec, BASELINE_KINDS);
  if (wrong.length > 0) throw new ValidationError('reproduction', wrong);
  const display = new ProgressDisplay();
  makeFolder(folder);
  const signal = interruptSignal(`stopped; nothing is lost. Go on with: ${thisCommand()}`, () => {
    display.say('Stopping after this generation (Ctrl-C again: at once) …');
  });
  const trainings = count(seeds * runTrainings(spec));
  display.say(`Reproducing the paper with ${name}: ${seeds} seeds, ${trainings} inner trainings, then the study, in ${folder}`);
  await withThreads({ threads, engine }, async (dispatcher) => {
    const runs: SeedRun[] = [];
    for (let i = 0; i < seeds; i++) {
      const own = { ...spec, seed: spec.seed + i };
      runs.push(await trainSeed(display, own, `${name}, seed ${own.seed}`, join(folder, `seed-${own.seed}`), dispatcher, signal));
    }
    display.say(`Studying ${seeds} rules on ${spec.evaluation.families.length} families`);
    const study = await makeStudy({
      spec,
      dispatcher: remembering(dispatcher, join(folder, 'trials')),
      signal,
      rules: runs,
      curveTrials: trials,
      onDone: (what) => display.say(`  ${what}`),
    });
    const reproduction = { name, spec, kernel: kernelIdentity(), runs, study };
    const files = await reproductionFiles(reproduction);
    writeFiles(folder, files);
    display.say(`\n${studyTables(reproduction)}\nWrote ${Object.keys(files).join(', ')} in ${folder}`);
  });
}

async function trainSeed(
  display: ProgressDisplay,
  spec: RunSpec,
  name: string,
  folder: string,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<SeedRun> {
  const { store } = openOrBeginRun(folder, name, spec);
  try {
    display.say(`Seed ${spec.seed}`);
    const baselines = await heldOutBaselines({ spec, dispatcher, signal }, { store, runId: RUN_ID });
    const onProgress = (progress: Parameters<ProgressDisplay['update']>[0]): void => display.update(progress, baselines.sgd.accuracy);
    await runTraining({ store, runId: RUN_ID, dispatcher, signal, onProgress });
    display.end();
    signal.throwIfAborted();
    const file = thetaOf(store);
    writeFiles(folder, { 'theta.safetensors': encodeTheta(file, '.safetensors') });
    const seconds = store.series.totals(RUN_ID).wallMs / 1000;
    display.say(`  θ sha256 ${thetaSha256(file.theta)}, ${duration(seconds)}`);
    return { seed: spec.seed, theta: file.theta, heldOut: storedHeldOut(store), baselines, seconds };
  } finally {
    display.end();
    store.close();
  }
}

async function reproductionFiles(reproduction: Reproduction): Promise<Record<string, string | Uint8Array>> {
  const { renderPng } = await import('@metaplast/figures/png');
  const { name, spec, kernel, runs, study } = reproduction;
  const [first] = runs as [SeedRun];
  const generation = spec.outer.generations;
  const learner = (family: number) => ({ kind: 'sgd', learningRate: study.families[family]!.baselines.sgd.setting[0]! }) as const;
  const shown = curveFamilies(spec);
  const tasks = shown.flatMap((family) => mapTasks(spec, first.theta, learner(family), { family, tasks: 4 / shown.length }));
  const meta: MetaTrainingFigure = { spec, runs };
  const answers = ruleResponse(spec, first.theta);
  const subtitle = `θ of ${name}, seed ${first.seed}, after ${generation} generations`;
  const svgs = {
    'figure-2': paperFigureSvg({ spec, generation, families: study.curves, tasks }),
    'meta-training': metaTrainingSvg(meta),
    rule: ruleResponseSvg({ title: 'What the rule answers', subtitle, answers }),
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const numbers = (value: unknown): string => `${JSON.stringify(value, (_, v) => (ArrayBuffer.isView(v) ? Array.from(v as never) : v))}\n`;
  const fits = answers.flatMap(({ answer, labelled, unlabelled }) => [
    { answer, examples: 'labelled', ...labelled.fit },
    { answer, examples: 'unlabelled', ...unlabelled.fit },
  ]);
  return {
    ...Object.fromEntries(
      Object.entries(svgs).flatMap(([file, svg]) => [[`${file}.svg`, svg] as const, [`${file}.png`, renderPng(svg)] as const]),
    ),
    'inner-training.csv': csv(innerRows(study.curves)),
    'inner-training.vl.json': json(innerTrainingVega(study.curves)),
    'meta-training.csv': csv(metaRows(meta)),
    'meta-training.vl.json': json(metaTrainingVega(meta)),
    'decision-maps.json': numbers(tasks),
    'rule.csv': csv(fits),
    'rule.json': numbers(answers),
    'captions.md': captions(reproduction),
    'tables.md': studyTables(reproduction),
    'study.json': json({
      name,
      spec: resolveSpec(spec),
      kernel,
      rules: runs.map(({ seed, theta, seconds }) => ({ seed, thetaSha256: thetaSha256(theta), seconds })),
      statements: statements(study),
      ...study,
    }),
  };
}
