// A curriculum: the first generations of a run may have another inner problem than its last, and σ and learning rate schedules of
// their own. θ keeps its shape throughout.

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
export function stageSpec(spec: RunSpec, { network, inner, objective, tasks }: StageSpec): RunSpec {
  const own = finalSpec(spec);
  return {
    ...own,
    network: network ?? own.network,
    inner: { ...own.inner, ...inner },
    objective: { ...own.objective, ...objective },
    tasks: tasks ?? own.tasks,
  };
}

/** Where a generation stands on a schedule: it is number `generation` of the `generations` that the schedule is for. */
export interface SchedulePoint<T> {
  schedule: T;
  generation: number;
  generations: number;
}

/** The schedule that a generation follows: its stage's own, or else the run's, which goes over all generations whose stage has none. */
export function scheduleAt<K extends 'sigma' | 'learningRate'>(
  { stages = [], outer }: RunSpec,
  generation: number,
  name: K,
): SchedulePoint<RunSpec['outer'][K]> {
  let from = 0;
  let before = 0; // of the run's own schedule
  let elsewhere = 0;
  for (const { generations, outer: own } of stages) {
    if (own?.[name]) {
      if (generation >= from && generation < from + generations) {
        return { schedule: { ...outer[name], ...own[name] }, generation: generation - from, generations };
      }
      elsewhere += generations;
      if (generation >= from) before += generations;
    }
    from += generations;
  }
  return { schedule: outer[name], generation: generation - before, generations: outer.generations - elsewhere };
}
