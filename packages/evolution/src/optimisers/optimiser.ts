// What an outer optimiser is: from a gradient and what it remembers to a direction. float64, with + - * / and sqrt only.

import type { RunSpec } from '@metaplast/protocol';
import type { OptimiserState } from '../state.js';

export type OptimiserSettings = RunSpec['outer']['optimiser'];
export type OptimiserKind = OptimiserSettings['kind'];

/** What is remembered, without its kind. */
export type Memory = Omit<OptimiserState, 'kind'>;

export interface Optimiser {
  /** How many moments (all zero at the start) and powers (all one) it remembers. */
  readonly moments: number;
  readonly powers: number;
  /** Where to go, before learning rate and weight decay: θ moves by -learning rate · direction. Leaves its inputs as they are. */
  direction(settings: OptimiserSettings, memory: Memory, gradient: Float64Array): { direction: Float64Array; memory: Memory };
}
