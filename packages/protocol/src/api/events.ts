// Data of server-sent events, by the event's name. `stopping`: the server goes down, come back.

import type { EvaluationSummary } from './evaluations.js';
import type { MetricsPoint } from './metrics.js';
import type { HeldOutScore, RunSummary } from './runs.js';
import type { Workers } from './service.js';

/** GET /v1/runs/:id/events. `end`: the run has ended, nothing follows. */
export interface RunEvents {
  state: { state: string; detail: string | null; at: string };
  generation: MetricsPoint;
  'held-out': HeldOutScore;
  end: { state: string };
  stopping: Record<string, never>;
}

/**
 * GET /v1/events: what changed anywhere. An entry that changes often is sent now and then, with its newest state; `workers` comes
 * at the start too, and has no position of its own.
 */
export interface ServiceEvents {
  run: RunSummary;
  'run-deleted': { id: string };
  evaluation: EvaluationSummary;
  'evaluation-deleted': { id: string };
  workers: Workers;
  stopping: Record<string, never>;
}
