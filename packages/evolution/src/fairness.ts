// The q-fair objective: components of the task mixture with a high loss count more, so that a rule does not give one up for another.
//
// Without it the objective is linear in the components' losses, and where the frontier between two of them is straight, all its points are
// equally good: where a run ends there is luck. Convex in the losses, it has one best point.

import { DOMAIN, STREAM, shareEnds, uniform } from '@metaplast/kernel';
import { type RunSpec, specAt } from '@metaplast/protocol';

/**
 * `losses` [pair][task][+, -] of a generation, each times what it counts in the gradient of Σ_c s_c L_c^(q + 1) / (q + 1), with s_c the share
 * of component c and L_c its mean loss in this generation: L_c^q, over the mean of that (q-FFL, Li et al. 2020, arXiv:1905.10497, eq. 2). `q` is
 * objective.fairness.
 */
export function fairLosses(spec: RunSpec, generation: number, losses: Float64Array): Float64Array {
  const { objective, tasks } = specAt(spec, generation);
  const { fairness: q = 0 } = objective;
  if (q === 0 || tasks.length === 1) return losses;
  const components = taskComponents(spec, generation);
  const sums = new Float64Array(tasks.length);
  const counts = new Float64Array(tasks.length);
  losses.forEach((loss, at) => {
    sums[components[at >> 1]!]! += loss;
    counts[components[at >> 1]!]! += 1;
  });
  const weights = sums.map((sum, c) => power(sum / Math.max(1, counts[c]!), q));
  const mean = weights.reduce((total, weight, c) => total + weight * counts[c]!, 0) / losses.length;
  if (mean === 0) return losses; // all of them are 0
  return losses.map((loss, at) => (loss * weights[components[at >> 1]!]!) / mean);
}

/** By multiplication: Math.pow is not the same everywhere. */
function power(x: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product *= x;
  return product;
}

/** The component of the mixture that each task [pair][task] of a generation is of, drawn as the kernel draws it. */
export function taskComponents(spec: RunSpec, generation: number): Uint8Array {
  const { pairs, tasksPerPair } = spec.outer;
  const { tasks } = specAt(spec, generation);
  const ends = shareEnds(tasks.map(({ weight = 1 }) => weight));
  const u = new Float32Array(1);
  return Uint8Array.from({ length: pairs * tasksPerPair }, (_, i) => {
    const at = { domain: DOMAIN.training, generation, pair: Math.floor(i / tasksPerPair), task: i % tasksPerPair };
    uniform(spec.seed, at, STREAM.task, u);
    const component = ends.findIndex((end) => u[0]! <= end);
    return component < 0 ? tasks.length - 1 : component;
  });
}
