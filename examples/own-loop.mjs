// The outer loop by hand, without store or command line: ask what to evaluate, have it evaluated on all cores, tell the losses.
// node examples/own-loop.mjs [generations]        (after `npm run build`)
import { InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { ask, init, tell } from '@metaplast/evolution';
import { DOMAIN } from '@metaplast/kernel';
import { initialTheta } from '@metaplast/plasticity';
import { resolveSpec } from '@metaplast/protocol';

const spec = resolveSpec({ seed: 1, outer: { generations: Number(process.argv[2] ?? 40), pairs: 128 } });
const dispatcher = new InProcessDispatcher(await EnginePool.start());

/** Mean accuracy of θ on 200 tasks that training never meets: every third number of the trials' values. */
async function accuracy(theta) {
  const learner = { kind: 'rule', theta };
  const { values } = await dispatcher.evaluate({ kind: 'trials', spec, domain: DOMAIN.heldOut, generation: 0, trials: 200, learner });
  return values.filter((_, i) => i % 3 === 1).reduce((sum, x) => sum + x, 0) / 200;
}

let state = init(spec, initialTheta(spec));
console.log(`before  accuracy ${(await accuracy(state.theta)).toFixed(3)}`);
while (state.generation < spec.outer.generations) {
  const { generation, sigma, theta } = ask(spec, state);
  const losses = await dispatcher.evaluate({ kind: 'generation', spec, generation, sigma, theta });
  const told = tell(spec, state, losses.values);
  state = told.state;
  console.log(
    `generation ${state.generation}  meta-loss ${told.metrics.meanLoss.toFixed(3)}  |gradient| ${told.metrics.gradientNorm.toFixed(2)}`,
  );
}
console.log(`after   accuracy ${(await accuracy(state.theta)).toFixed(3)}`);
await dispatcher.close();
