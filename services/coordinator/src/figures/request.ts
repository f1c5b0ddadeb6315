// What a figure is drawn from: plain data, so that a thread can have it.

import type { FigureFormat, FigureName, RunSpec } from '@metaplast/protocol';
import type { HeldOut, RunSummaryRow } from '@metaplast/training';

export interface FigureRequest {
  name: FigureName;
  format: FigureFormat;
  spec: RunSpec;
  /** Updates of θ. */
  generation: number;
  theta: Float32Array;
  heldOut: HeldOut[];
  /** All but rule-response show them. */
  baselines: RunSummaryRow['baselines'];
}

/** Figures that exist as Vega-Lite documents too: those that are curves. */
export const WITH_VEGA: readonly FigureName[] = ['meta-training', 'inner-training'];
