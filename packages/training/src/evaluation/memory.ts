// Evaluations are pure, so what a run's store has of them is not computed again.

import type { EvaluationKey } from '../store/records.js';
import type { RunStore } from '../store/store.js';

/** The run that evaluations are remembered for. */
export interface Memory {
  store: RunStore;
  runId: string;
}

/** The stored result, or else the computed one, which is stored. */
export async function remember<T>(memory: Memory | undefined, key: EvaluationKey, compute: () => Promise<T>): Promise<T> {
  const known = memory?.store.evaluation<T>(memory.runId, key);
  if (known !== undefined) return known;
  const result = await compute();
  memory?.store.putEvaluation(memory.runId, key, result);
  return result;
}
