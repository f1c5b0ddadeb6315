// What the store holds, as its users see it.

import type { RunSpec, RunState } from '@metaplast/protocol';

/** What a run is made from. */
export interface NewRun {
  id: string;
  name: string;
  /** Resolved. */
  spec: RunSpec;
  /** kernelIdentity() of the kernel it is to be computed with. */
  kernel: string;
  tags?: readonly string[];
  notes?: string;
  /** 0 is served first. */
  priority?: number;
  /** Where it starts, if not at the beginning. */
  forkedFrom?: ForkedFrom | null;
}

/** A checkpoint that another run started from; its own run may be gone. */
export interface ForkedFrom {
  run: string;
  generation: number;
  thetaSha256: string;
}

export interface RunRecord extends Required<NewRun> {
  state: RunState;
  reason: string | null;
  /** What has computed its generations, by name: native, wasm, or tfjs/ and a backend. */
  engines: readonly string[];
  /** How often the run was started. */
  epoch: number;
  /** How often a scheduler started it. */
  attempt: number;
  /** Grows with each change of labels or state. */
  revision: number;
  /** ms since 1970 */
  createdAt: number;
  updatedAt: number;
}

/** A run's state as bytes after `generation` updates: what a resume starts from. */
export interface Checkpoint {
  generation: number;
  /** sha256 of θ's float32 bytes, little-endian; hexadecimal. */
  thetaSha256: string;
  /** serialise() of @metaplast/evolution. */
  state: Uint8Array;
}

/** How a generation's time was spent. */
export interface Timing {
  /** From the last generation's end to this one's, ms. */
  wallMs: number;
  /** Sum over the engines, ms. */
  busyMs: number;
  slots: number;
}

/** Sums of all generations' timings. `slotMs` = wall time × slots. */
export interface Totals {
  generations: number;
  wallMs: number;
  busyMs: number;
  slotMs: number;
}

/** Kinds of stored evaluations and what their results are: see the modules that make them. */
export const EVALUATION = {
  heldOut: 'held-out',
  heldOutBaselines: 'held-out-baselines',
  baselines: 'baselines',
  report: 'report',
} as const;
export type EvaluationKind = (typeof EVALUATION)[keyof typeof EVALUATION];

/** Which evaluation: its kind, the checkpoint's generation (0 if it does not depend on θ), index of the family. */
export interface EvaluationKey {
  kind: EvaluationKind;
  generation: number;
  family: number;
}

export interface RunEvent {
  id: number;
  at: number;
  type: RunState | 'held-out';
  detail: string | null;
}
