// A published rule on data of your own, without command line: node examples/use-rule.mjs        (after `npm run build`)
import { ownTask, train } from '@metaplast/plasticity';
import { findRule } from '@metaplast/training';

// Two half circles of 200 points each, around 0 and of variance 1 or so; five of each are labelled, none of them near an end.
const points = Array.from({ length: 400 }, (_, i) => {
  const t = (Math.PI * (i % 200)) / 199;
  const [x, y] = i < 200 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)];
  return [(x - 0.5) / 0.7, (y - 0.25) / 0.7];
});
const labelled = [60, 80, 100, 120, 140, 260, 280, 300, 320, 340];

const all = Float32Array.from(points.flat());
const some = { points: Float32Array.from(labelled.flatMap((i) => points[i])), labels: Int32Array.from(labelled, (i) => (i < 200 ? 0 : 1)) };
const task = ownTask(findRule('two-moons'), { inputs: 2, classes: 2, labelled: some, unlabelled: all });
for (const [name, trainee] of Object.entries({ 'learned rule': task.rule, backprop: task.backprop(0.5) })) {
  const p = train(task, trainee).predict(all);
  const right = points.filter((_, i) => p[2 * i + (i < 200 ? 0 : 1)] > 0.5).length;
  console.log(`${name.padEnd(12)}  ${((100 * right) / points.length).toFixed(1)} % of ${points.length} points`);
}
