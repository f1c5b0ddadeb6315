// What changes from generation to generation by plan. The cosine is the kernel's, so a schedule has the same bits everywhere.

import { cosTurns } from '@metaplast/kernel';
import { type RunSpec, scheduleAt } from '@metaplast/protocol';

/** Half a cosine: 0 at progress 0, ½ at ½, 1 at 1. */
const ease = (progress: number): number => (1 - cosTurns(progress / 2)) / 2;

/**
 * Standard deviation of the perturbations in a generation: half a cosine from `initial` in the first to `final` in the last of those
 * that the schedule is for. A float32, because that is what the kernel perturbs with.
 */
export function sigmaAt(spec: RunSpec, at: number): number {
  const { schedule, generation, generations } = scheduleAt(spec, at, 'sigma');
  const progress = generations > 1 ? generation / (generations - 1) : 0;
  return Math.fround(schedule.initial + (schedule.final - schedule.initial) * ease(progress));
}

/**
 * Learning rate of the step that ends a generation: linear warm-up, with the peak in generation `warmup`; then constant, or half a cosine
 * that would reach 0 one generation after the schedule's last.
 */
export function learningRateAt(spec: RunSpec, at: number): number {
  const { schedule, generation, generations } = scheduleAt(spec, at, 'learningRate');
  const { peak, warmup, decay } = schedule;
  if (generation < warmup) return (peak * (generation + 1)) / warmup;
  if (decay === 'constant') return peak;
  return peak * (1 - ease((generation - warmup) / (generations - warmup)));
}
