// From a RunSpec to what the kernel computes with: its configuration, and θ where meta-training starts.

import { gaussian, type KernelConfig, STREAM, thetaLength } from '@metaplast/kernel';
import type { RunSpec } from '@metaplast/protocol';
import { FAMILY_DEFAULTS } from './families.js';

const choices = (value: number | { choice: number[] }): number[] => (typeof value === 'number' ? [value] : value.choice);

/** The kernel's configuration for the inner trainings of a run. */
export function kernelConfig(spec: RunSpec): KernelConfig {
  const first = spec.tasks[0]!;
  const classes = first.classes ?? 2;
  return {
    inputs: first.dimensions ?? 2,
    classes,
    hidden: spec.network.hidden.map(choices),
    rule: { hidden: spec.rule.hidden, prior: spec.rule.prior === 'feedback-alignment', lateral: spec.rule.lateral },
    steps: spec.inner.steps,
    labelled: choices(spec.inner.labelled),
    unlabelled: spec.inner.unlabelled,
    test: spec.inner.test,
    lossCap: spec.objective.cap,
    tasks: spec.tasks.map((task) => ({
      family: task.family,
      weight: task.weight ?? 1,
      params: { ...FAMILY_DEFAULTS[task.family], balance: 1 / classes, ...task.params },
    })),
  };
}

/**
 * θ at the start of meta-training, float32 [thetaLength]: first layer N(0, 1/4), second N(0, 1/K), output layer
 * initialOutputScale · N(0, 1/K), biases 0, then log rates and decay logits as the spec says (SCIENCE: inner training).
 */
export function initialTheta(spec: RunSpec): Float32Array {
  const { hidden, initialOutputScale, initialLogRate, initialDecayLogit } = spec.rule;
  const widths = [4, ...hidden, 7];
  const theta = new Float32Array(thetaLength(hidden));
  gaussian(spec.seed, { domain: 0, generation: 0, pair: 0, task: 0 }, STREAM.theta, theta);
  let at = 0;
  for (let layer = 1; layer < widths.length; layer++) {
    const inputs = widths[layer - 1]!;
    const outputs = widths[layer]!;
    const scale = (layer === widths.length - 1 ? initialOutputScale : 1) / Math.sqrt(inputs);
    for (const end = at + inputs * outputs; at < end; at++) theta[at]! *= scale;
    theta.fill(0, at, at + outputs);
    at += outputs;
  }
  theta.fill(initialLogRate, at, at + 3);
  theta.set(typeof initialDecayLogit === 'number' ? new Array(3).fill(initialDecayLogit) : initialDecayLogit, at + 3);
  return theta;
}
