// Held-out evaluation of θ during a run, behind the generations, so that no engine waits for it.
//
// Always the same tasks (DOMAIN.heldOut, first family), which no generation trains on and no report counts: points of a curve
// differ by θ alone, and the baselines are measured on these tasks once. Nothing is chosen by it.

import { DOMAIN } from '@metaplast/kernel';
import type { RunSpec } from '@metaplast/protocol';
import type { Memory } from './evaluation/memory.js';
import { type EvaluationContext, runTrials, type Score, score } from './evaluation/trials.js';
import { EVALUATION } from './store/records.js';

/** θ after `generation` updates on the held-out tasks. */
export interface HeldOut extends Score {
  generation: number;
}

/** Whether θ after `generation` updates is to be evaluated: at the start, every so often, and at the end. */
export function heldOutDue(spec: RunSpec, generation: number): boolean {
  return generation % spec.evaluation.every === 0 || generation === spec.outer.generations;
}

/** Evaluates θ on the held-out tasks. */
export async function evaluateHeldOut(context: EvaluationContext, generation: number, theta: Float32Array): Promise<HeldOut> {
  const site = { domain: DOMAIN.heldOut, family: 0, trials: context.spec.evaluation.trials };
  const [trials] = await runTrials(context, site, { kind: 'rule', theta });
  return { generation, ...score(trials!) };
}

/** A run's evaluations under way. */
export class HeldOutQueue {
  readonly #context: EvaluationContext;
  readonly #memory: Memory;
  readonly #onDone: (heldOut: HeldOut) => void;
  readonly #pending = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor(context: EvaluationContext, memory: Memory, onDone: (heldOut: HeldOut) => void) {
    this.#context = context;
    this.#memory = memory;
    this.#onDone = onDone;
  }

  /** Gives an evaluation to the dispatcher; its result goes to the store, then to `onDone`. */
  start(generation: number, theta: Float32Array): void {
    const pending = this.#evaluate(generation, theta)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** Throws what an evaluation failed with. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Waits until none is under way. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #evaluate(generation: number, theta: Float32Array): Promise<void> {
    const heldOut = await evaluateHeldOut(this.#context, generation, theta);
    const { store, runId } = this.#memory;
    store.putEvaluation(runId, { kind: EVALUATION.heldOut, generation, family: 0 }, heldOut);
    this.#onDone(heldOut);
  }
}
