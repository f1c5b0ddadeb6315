export * from './apply.js';
export * from './baselines/backprop.js';
export * from './baselines/baseline.js';
export { MAX_GRAPH } from './baselines/label-spreading.js';
export * from './baselines/registry.js';
export * from './baselines/trials.js';
export * from './compile.js';
export * from './families.js';
export { type Activation, rationalTanh } from './reference/activation.js';
export {
  measure as measureReference,
  predict as predictReference,
  type ReferenceLayer,
  type ReferenceNetwork,
} from './reference/network.js';
export { askRule, type LayerSignals, makeSignals, type ReferenceRule, readRule } from './reference/rule.js';
export type { ReferenceData, ReferenceSet } from './reference/tasks.js';
export * from './reference/training.js';
