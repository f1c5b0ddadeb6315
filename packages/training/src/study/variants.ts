// Ablations at test time: a trained rule with something taken away.

import { initialTheta } from '@metaplast/plasticity';
import type { RuleLearner, RunSpec } from '@metaplast/protocol';

/** A rule, and the spec to try it with. */
export interface Variant {
  spec: RunSpec;
  learner: RuleLearner;
}

export const VARIANTS = {
  untrained: 'θ at its start',
  'labelled-copies': 'copies of labelled points in place of unlabelled ones',
  noise: 'N(0, I) points in place of unlabelled ones',
  'frozen-W': 'forward weights W and biases stay at their start',
  'frozen-V': 'feedback weights V stay at their start',
  'frozen-M': 'lateral weights M stay at their start',
  'no-lateral': 'no lateral signal: s = 0',
} as const;
export type VariantName = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as VariantName[];

export function variant(name: VariantName, spec: RunSpec, theta: Float32Array): Variant {
  const learner: RuleLearner = { kind: 'rule', theta };
  switch (name) {
    case 'untrained':
      return { spec, learner: { ...learner, theta: initialTheta(spec) } };
    case 'labelled-copies':
    case 'noise':
      return { spec, learner: { ...learner, substitute: name } };
    case 'no-lateral':
      return { spec: { ...spec, rule: { ...spec.rule, lateral: false } }, learner };
    default:
      return { spec, learner: { ...learner, theta: frozen(theta, { 'frozen-W': 0, 'frozen-V': 1, 'frozen-M': 2 }[name]) } };
  }
}

/** So small a rate, and so small a decay, that float32 weights do not move. */
const NEVER = -100;

/** θ with the rate and decay of one set of weights (W, V, M) at nothing: they are θ's last six numbers. */
function frozen(theta: Float32Array, set: number): Float32Array {
  const changed = theta.slice();
  changed[theta.length - 6 + set] = NEVER;
  changed[theta.length - 3 + set] = NEVER;
  return changed;
}
