// The frontier of finished runs: what their checkpoints win over tuned SGD on the family that they were trained on, and on the others.
// All are held against the same held-out tasks, of a seed that no run has, so the fresh tasks of their reports stay untouched. Prints a
// table in points (± is at most 0.3), and writes FILE.json, FILE.svg and FILE.png.
// node scripts/frontier.mjs RUN… --to FILE [--generations 2600,3600] [--trials 1000]        (after `npm run build`)

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { frontierSvg } from '@metaplast/figures';
import { renderPng } from '@metaplast/figures/png';
import { DOMAIN } from '@metaplast/kernel';
import { finalSpec } from '@metaplast/protocol';
import { loadState, pairedDifference, RunStore, runTrials, thetaSha256, tunedTrials } from '@metaplast/training';
import { Command } from 'commander';

const SEED = 777;

const command = new Command('node scripts/frontier.mjs')
  .description('What checkpoints of runs win over tuned SGD, on the family that they were trained on and on the others')
  .argument('<runs...>', 'folders of finished runs that differ by their seeds')
  .requiredOption('--to <file>', 'where to write, without an extension')
  .option('--generations <list>', 'checkpoints, with commas; the last is always there', '')
  .option('--trials <n>', 'tasks a family', Number, 1000)
  .parse();
const { to, generations, trials } = command.opts();

const runs = command.args.map((folder) => {
  const store = RunStore.open(join(folder, 'run.sqlite'));
  const { spec } = store.run('run');
  const wanted = new Set([...generations.split(',').filter(Boolean).map(Number), spec.outer.generations]);
  const checkpoints = [...wanted].map((generation) => {
    const state = loadState(store, 'run', spec, generation);
    if (state === undefined) throw new Error(`${folder} has no checkpoint ${generation}`);
    return { generation, theta: state.theta };
  });
  store.close();
  return { spec, checkpoints };
});

const dispatcher = new InProcessDispatcher(await EnginePool.start());
const spec = { ...finalSpec(runs[0].spec), seed: SEED };
const context = { spec, dispatcher };
const families = spec.evaluation.families.map(({ family }) => family);
const sites = families.map((_, family) => ({ domain: DOMAIN.heldOut, family, trials }));
const baselines = await Promise.all(sites.map((site) => tunedTrials(context, site, 'sgd')));

const measured = [];
for (const { spec: own, checkpoints } of runs) {
  const row = { seed: own.seed, checkpoints: [] };
  for (const { generation, theta } of checkpoints) {
    const all = await Promise.all(sites.map((site) => runTrials(context, site, { kind: 'rule', theta })));
    const paired = all.map(([learned], family) => pairedDifference(learned, baselines[family].trials));
    row.checkpoints.push({
      generation,
      thetaSha256: thetaSha256(theta),
      differences: paired.map((d) => d.difference),
      se: paired.map((d) => d.se),
    });
  }
  measured.push(row);
}
await dispatcher.close();

const points = (x) => `${x < 0 ? '−' : '+'}${(100 * Math.abs(x)).toFixed(1)}`;
console.log(`| seed | after generation | ${families.join(' | ')} | θ sha256 |\n|---|---|${'---|'.repeat(families.length + 1)}`);
for (const { seed, checkpoints } of measured) {
  for (const { generation, differences, thetaSha256: sha } of checkpoints) {
    console.log(`| ${seed} | ${generation} | ${differences.map(points).join(' | ')} | \`${sha.slice(0, 8)}\` |`);
  }
}
const figure = {
  title: `What is won on ${families[0]}, and on families that were never met`,
  subtitle: `accuracy minus SGD’s, tuned on each family, on ${trials} held-out tasks · a line a meta-training seed, from generation ${runs[0].checkpoints[0].generation} to the end`,
  families,
  runs: measured.map(({ seed, checkpoints }) => ({ name: String(seed), checkpoints })),
};
const svg = frontierSvg(figure);
writeFileSync(`${to}.json`, `${JSON.stringify({ seed: SEED, trials, families, runs: measured }, null, 1)}\n`);
writeFileSync(`${to}.svg`, svg);
writeFileSync(`${to}.png`, renderPng(svg));
