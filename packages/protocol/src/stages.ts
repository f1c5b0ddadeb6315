// A curriculum: the first generations of a run may have another inner problem than its last. θ keeps its shape throughout, and
// σ and learning rate follow one schedule over all generations.

import type { RunSpec, StageSpec } from './spec.js';

/** The spec that a generation is evaluated with: its stage's, or the run's own after the last stage. It has no stages itself. */
export function specAt(spec: RunSpec, generation: number): RunSpec {
  let end = 0;
  for (const stage of spec.stages ?? []) {
    end += stage.generations;
    if (generation < end) return stageSpec(spec, stage);
  }
  return finalSpec(spec);
}

/** What all generations after the stages are evaluated with: the run's own fields. */
export function finalSpec({ stages: _, ...spec }: RunSpec): RunSpec {
  return spec;
}

/** The run's fields with those of the stage in their place. */
export function stageSpec(spec: RunSpec, { network, inner, tasks }: StageSpec): RunSpec {
  const own = finalSpec(spec);
  return { ...own, network: network ?? own.network, inner: { ...own.inner, ...inner }, tasks: tasks ?? own.tasks };
}
