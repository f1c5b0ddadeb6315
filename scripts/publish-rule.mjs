// Publishes the rule of a finished run: rules/NAME.safetensors, and beside it NAME.json with what the run measured.
// node scripts/publish-rule.mjs out/paper two-moons
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVALUATION, encodeTheta, loadState, RunStore, summarise } from '../packages/training/dist/index.js';

const RUN = 'run';
const [folder, name] = process.argv.slice(2);
if (!folder || !/^[a-z0-9-]+$/.test(name ?? '')) throw new Error('usage: node scripts/publish-rule.mjs RUN NAME (a-z, 0-9 and -)');

const store = RunStore.open(join(folder, 'run.sqlite'));
try {
  const { spec, kernel, forkedFrom } = store.run(RUN);
  const { theta, generation } = loadState(store, RUN, spec);
  if (generation !== spec.outer.generations) throw new Error(`${folder} has ${generation} of ${spec.outer.generations} generations`);
  const results = (kind) => store.evaluations(RUN, kind).map(({ result }) => result);
  const { seed, generations, innerTrainings, thetaSha256 } = summarise(store, RUN);
  const provenance = {
    run: store.run(RUN).name,
    seed,
    kernel,
    generations,
    innerTrainings,
    thetaSha256,
    ...(forkedFrom && { forkedFrom }),
    spec,
    metaLoss: store.series.metrics(RUN).map(({ metrics }) => Number(metrics.meanLoss.toFixed(4))),
    heldOut: results(EVALUATION.heldOut),
    report: results(EVALUATION.report),
  };
  const file = (extension) => fileURLToPath(new URL(`../rules/${name}${extension}`, import.meta.url));
  writeFileSync(file('.safetensors'), encodeTheta({ spec, kernel, generation, theta, forkedFrom }, '.safetensors'));
  writeFileSync(file('.json'), `${JSON.stringify(provenance, null, 1).replaceAll(/\n {2,}/g, ' ')}\n`);
} finally {
  store.close();
}
