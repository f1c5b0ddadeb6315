// Several meta-training seeds of a preset, one after the other, and their table in Markdown: how docs/results.md was measured.
// node scripts/seeds.mjs [--preset quickstart] 1 2 3 4 5     Finished seeds are not repeated, interrupted ones go on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { preset: { type: 'string', default: 'quickstart' } } });
const seeds = positionals.length > 0 ? positionals : ['1', '2', '3', '4', '5'];
const folder = (seed) => `out/${values.preset}-seed-${seed}`;

for (const seed of seeds) {
  const run = ['train', '--preset', values.preset, '--set', `seed=${seed}`, '--out', folder(seed)];
  execFileSync(process.execPath, ['packages/cli/bin/metaplast.js', ...run], { stdio: 'inherit' });
}

const percent = (x) => (100 * x).toFixed(1);
const points = ({ difference, se }) => `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)} ± ${(100 * se).toFixed(1)}`;
const reports = seeds.map((seed) => JSON.parse(readFileSync(`${folder(seed)}/report.json`, 'utf8')));
for (const { family } of reports[0].tasks) {
  console.log(
    `\n**${family}**\n\n| seed | rule | backprop SGD | Adam | rule − SGD | rule − Adam | θ sha256 |\n|---|---|---|---|---|---|---|`,
  );
  for (const report of reports) {
    const { rule, baselines, paired } = report.tasks.find((task) => task.family === family);
    const cells = [
      report.seed,
      `${percent(rule.accuracy)} ± ${percent(rule.se)}`,
      percent(baselines.sgd.accuracy),
      percent(baselines.adam.accuracy),
      points(paired.sgd),
      points(paired.adam),
      `\`${report.thetaSha256.slice(0, 8)}\``,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
