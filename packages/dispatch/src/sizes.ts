// How large works and their results are, and how many items a chunk should have.

import { type EngineName, type TrialWork, trainingCost, type Work } from '@metaplast/protocol';

/** Number of items: pairs or trials. */
export function itemCount(work: Work): number {
  return work.kind === 'generation' ? work.spec.outer.pairs : work.trials;
}

/** Numbers that an item's result has: see ChunkResult in @metaplast/protocol. */
export function valuesPerItem(work: Work): number {
  if (work.kind === 'generation') return 2 * work.spec.outer.tasksPerPair;
  return 3 * trainingsPerTrial(work.learner) * (work.measureAfter?.length ?? 1);
}

const trainingsPerTrial = (learner: TrialWork['learner']): number => (learner.kind === 'rule' ? 1 : learner.settings.length);

/** Estimated time of a multiply-add before anything was measured, ms: rather too long, so that the first chunks are small. */
const FIRST_GUESS_MS: Record<EngineName, number> = { wasm: 1e-7, tfjs: 3e-6 };
/** Weight of the newest measurement. */
const NEWEST = 0.3;

/** Bounds of a chunk's time, ms. */
export interface ChunkTimes {
  longest: number;
  shortest: number;
}

/** Between threads: long against a message, which on a busy machine takes milliseconds. */
const BETWEEN_THREADS: ChunkTimes = { longest: 100, shortest: 4 };

/**
 * Guided self-scheduling (Polychronopoulos and Kuck, 1987): each chunk is half of a slot's fair share of what is left, so that there are
 * few chunks, and those at the end are short and all slots finish together. A single slot takes everything at once. The measured speed
 * bounds a chunk's duration. Results never depend on sizes.
 */
export class ChunkSizer {
  /** Chunks that can be computed at the same time; may change. */
  slots: number;
  readonly #times: ChunkTimes;
  readonly #speeds = new Map<string, number>();

  constructor(slots: number, times: ChunkTimes = BETWEEN_THREADS) {
    this.slots = slots;
    this.#times = times;
  }

  /** Items that the next chunk of a work should have when `remaining` are left. */
  next(work: Work, remaining: number): number {
    const itemMs = this.itemMs(work);
    const { longest, shortest } = this.#times;
    const guided = this.slots === 1 ? remaining : Math.ceil(remaining / (2 * this.slots));
    const bounded = Math.max(Math.min(guided, Math.floor(longest / itemMs)), Math.ceil(shortest / itemMs));
    return Math.min(remaining, bounded);
  }

  /** Expected time of an item, ms. */
  itemMs(work: Work): number {
    return (this.#speeds.get(speedKey(work)) ?? FIRST_GUESS_MS[work.spec.engine]) * itemCost(work);
  }

  /** Learns from a chunk's time. */
  measured(work: Work, count: number, busyMs: number): void {
    const speed = busyMs / (count * itemCost(work));
    const before = this.#speeds.get(speedKey(work)) ?? speed;
    this.#speeds.set(speedKey(work), before + NEWEST * (speed - before));
  }
}

/** Throws RangeError for a size that is none. */
export function checkChunkSize(size: number | undefined): void {
  if (size !== undefined && (!Number.isInteger(size) || size < 1))
    throw new RangeError(`chunk size must be a positive integer, was ${size}`);
}

/** The rule's trainings on each engine and the baselines' have speeds of their own. */
const speedKey = (work: Work): string => `${work.spec.engine} ${work.kind === 'generation' ? 'rule' : work.learner.kind}`;

/** Inner trainings of an item. */
export function trainingsPerItem(work: Work): number {
  return work.kind === 'generation' ? 2 * work.spec.outer.tasksPerPair : trainingsPerTrial(work.learner);
}

/** Multiply-adds of an item, roughly. */
const itemCost = (work: Work): number => trainingsPerItem(work) * trainingCost(work.spec);
