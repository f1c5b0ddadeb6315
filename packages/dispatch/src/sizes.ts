// How large works and their results are, and how many items a chunk should have.

import { type TrialWork, trainingCost, type Work } from '@metaplast/protocol';

/** Number of items: pairs or trials. */
export function itemCount(work: Work): number {
  return work.kind === 'generation' ? work.spec.outer.pairs : work.trials;
}

/** Numbers that an item's result has: see ChunkResult in @metaplast/protocol. */
export function valuesPerItem(work: Work): number {
  if (work.kind === 'generation') return 2 * work.spec.outer.tasksPerPair;
  return 3 * trainingsPerTrial(work.learner);
}

const trainingsPerTrial = (learner: TrialWork['learner']): number => (learner.kind === 'rule' ? 1 : learner.learningRates.length);

/** Estimated time of a multiply-add before anything was measured, ms: rather too long, so that the first chunks are small. */
const FIRST_GUESS_MS = 1e-7;
/** Weight of the newest measurement. */
const NEWEST = 0.3;

/** Bounds of a chunk's time, ms: long against a message between threads, which on a busy machine takes milliseconds. */
const LONGEST_MS = 100;
const SHORTEST_MS = 4;

/**
 * Guided self-scheduling (Polychronopoulos and Kuck, 1987): a chunk is the slots' fair share of half of what is left, so that
 * there are few chunks, and those at the end are short and all slots finish together. By the speed measured so far it stays
 * within bounds. Results never depend on sizes.
 */
export class ChunkSizer {
  readonly #slots: number;
  readonly #speeds = new Map<string, number>();

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Items that the next chunk of a work should have when `remaining` are left. */
  next(work: Work, remaining: number): number {
    const itemMs = (this.#speeds.get(speedKey(work)) ?? FIRST_GUESS_MS) * itemCost(work);
    const guided = Math.ceil(remaining / (2 * this.#slots));
    const bounded = Math.max(Math.min(guided, Math.floor(LONGEST_MS / itemMs)), Math.ceil(SHORTEST_MS / itemMs));
    return Math.min(remaining, bounded);
  }

  /** Learns from a chunk's time. */
  measured(work: Work, count: number, busyMs: number): void {
    const speed = busyMs / (count * itemCost(work));
    const before = this.#speeds.get(speedKey(work)) ?? speed;
    this.#speeds.set(speedKey(work), before + NEWEST * (speed - before));
  }
}

/** The kernel's trainings and the baselines' have speeds of their own. */
const speedKey = (work: Work): string => (work.kind === 'generation' ? 'rule' : work.learner.kind);

/** Multiply-adds of an item, roughly. */
function itemCost(work: Work): number {
  const trainings = work.kind === 'generation' ? 2 * work.spec.outer.tasksPerPair : trainingsPerTrial(work.learner);
  return trainings * trainingCost(work.spec);
}
