// `npm run bench -- whole [--generations N]`: what is left of the bare kernel's speed in a whole run, that is inner trainings a second of
// the run loop with store, held-out evaluation and threads, over those of the kernel alone in as many processes at the same time.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { kernelIdentity } from '@metaplast/kernel';
import { initialTheta } from '@metaplast/plasticity';
import { resolveSpec } from '@metaplast/protocol';
import { heldOutDue, RunStore, runTraining } from '@metaplast/training';
import { benchCommand, wholeNumber } from '../command.js';
import { Contender, type Recipe } from './contender.js';
import { RECIPES } from './recipes.js';

const { generations, rounds } = benchCommand('whole', 'What is left of the bare kernel’s speed in a whole run')
  .option('--generations <n>', 'of a run', wholeNumber(1, 100_000), 40)
  .option('--rounds <n>', 'runs, each between two timings of the bare kernel', wholeNumber(1, 1000), 3)
  .parse(process.argv.slice(3), { from: 'user' })
  .opts<{ generations: number; rounds: number }>();
const threads = availableParallelism();
const spec = resolveSpec({ outer: { generations } });
const { pairs, tasksPerPair } = spec.outer;
const { trials } = spec.evaluation;
const BARE_SECONDS = 4;

/** Trainings a second of the kernel alone, a process a core, all at once. */
async function bare(recipe: Recipe): Promise<number> {
  const team = await Promise.all(
    Array.from({ length: threads }, async () => {
      const { contender } = (await Contender.start(recipe, 0, false))!;
      await contender.ask({ config: {}, spec, theta: [...initialTheta(spec)], sigma: 0.03 });
      await contender.calibrate(0.3);
      return contender;
    }),
  );
  const speeds = await Promise.all(
    team.map(async (one) => {
      const count = Math.round((one.pairs * BARE_SECONDS) / 0.3);
      return (2 * count) / (await one.time(count));
    }),
  );
  for (const one of team) one.end();
  return speeds.reduce((a, b) => a + b);
}

/** Trainings a second of a run, its held-out evaluations counted. */
async function run(engine: 'wasm' | 'native'): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'metaplast-bench-'));
  const dispatcher = new InProcessDispatcher(await EnginePool.start({ threads, engine }));
  const store = RunStore.open(join(folder, 'run.sqlite'));
  try {
    store.createRun({ id: 'run', name: 'bench', spec, kernel: kernelIdentity() });
    const start = performance.now();
    await runTraining({ store, runId: 'run', dispatcher });
    const elapsed = (performance.now() - start) / 1000;
    const evaluations = Array.from({ length: generations + 1 }, (_, g) => g).filter((g) => heldOutDue(spec, g)).length;
    return (2 * pairs * tasksPerPair * generations + evaluations * trials) / elapsed;
  } finally {
    store.close();
    await dispatcher.close();
    rmSync(folder, { recursive: true });
  }
}

const results = [];
for (const engine of ['wasm', 'native'] as const) {
  let chosen: Recipe | undefined;
  for (const recipe of RECIPES.filter(({ name }) => name.startsWith(engine))) {
    const started = await Contender.start(recipe, 0, false);
    started?.contender.end();
    if (started) chosen = recipe;
  }
  if (chosen === undefined) continue;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [before, whole, after] = [await bare(chosen), await run(engine), await bare(chosen)];
    ratios.push((2 * whole) / (before + after));
    console.log(
      `${engine}: ${whole.toFixed(0)} trainings/s in a run, ${((before + after) / 2).toFixed(0)} of the kernel alone × ${threads} threads: ${ratios.at(-1)!.toFixed(3)}`,
    );
  }
  const sorted = ratios.sort((a, b) => a - b);
  results.push({ engine, kernel: chosen.name, ratios: sorted, median: sorted[Math.floor(rounds / 2)] });
}
const folder = new URL('../../results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const machine = { cpu: cpus()[0]?.model ?? 'unknown', threads, node: process.version };
writeFileSync(
  new URL('whole.json', folder),
  `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, generations, rounds, results }, null, 2)}\n`,
);
