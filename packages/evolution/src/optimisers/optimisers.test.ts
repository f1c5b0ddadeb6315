import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import type { OptimiserSettings } from './optimiser.js';
import { initOptimiser, optimiserStep } from './registry.js';

const settings = (changes: Partial<OptimiserSettings>): OptimiserSettings => ({ ...resolveSpec({}).outer.optimiser, ...changes });

/** θ after each of `steps` steps. */
function trace(
  optimiser: OptimiserSettings,
  start: readonly number[],
  learningRate: number,
  steps: number,
  gradientAt: (theta: Float32Array, step: number) => readonly number[],
): Float32Array[] {
  let theta: Float32Array = Float32Array.from(start);
  let state = initOptimiser(optimiser.kind, theta.length);
  return Array.from({ length: steps }, (_, step) => {
    ({ theta, optimiser: state } = optimiserStep(optimiser, state, theta, Float64Array.from(gradientAt(theta, step)), learningRate));
    return theta;
  });
}

const expectClose = (actual: Iterable<number>, expected: readonly number[], digits: number): void => {
  [...actual].forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, digits);
  });
};

/** Gradient of the summed squared error of y = 3 x₁ + x₂ - 2 at weights and bias, as in PyTorch traces that candle publishes. */
function regression([w1 = 0, w2 = 0, b = 0]: Float32Array): number[] {
  const points = [
    [2, 1],
    [7, 4],
    [-4, 12],
    [5, 8],
  ] as const;
  const gradient = [0, 0, 0];
  for (const [x1, x2] of points) {
    const error = 2 * (w1 * x1 + w2 * x2 + b - (3 * x1 + x2 - 2));
    [x1, x2, 1].forEach((x, i) => {
      gradient[i] = gradient[i]! + error * x;
    });
  }
  return gradient;
}

describe('adam', () => {
  it('gives the result of torch.optim.AdamW published in candle (candle-nn/tests/optim.rs, adamw_linear_regression)', () => {
    const optimiser = settings({ beta2: 0.999, weightDecay: 0.01 });
    expectClose(trace(optimiser, [0, 0, 0], 0.1, 100, regression).at(-1)!, [2.7257, 0.7097, 0.7873], 4);
  });

  it('gives the steps of the textbook formula computed in numpy, with weight decay', () => {
    const gradients = [
      [0.1, -2, 0.003],
      [0.4, 1, -0.001],
      [-0.2, 3, 0],
      [0, -0.5, 0.25],
      [1.5, 0.25, -4],
    ];
    const expected = [
      [0.9670000029999997, -0.46850000015, 0.21925009999966666],
      [0.9376204914736429, -0.4590935173278927, 0.20656404724602465],
      [0.9247310508541094, -0.46937902891559713, 0.19662529492059524],
      [0.9136839208529477, -0.47514812101909315, 0.1786249315351852],
      [0.8933927535808729, -0.4808750888589618, 0.19336032047917154],
    ];
    trace(settings({ weightDecay: 0.1 }), [1, -0.5, 0.25], 0.03, 5, (_, step) => gradients[step]!).forEach((theta, step) => {
      expectClose(theta, expected[step]!, 6);
    });
  });

  it('moves by the learning rate against a constant gradient of any size', () => {
    for (const g of [1e-3, 1, 1e6]) {
      const last = trace(settings({}), [0, 0], 2 ** -6, 32, () => [g, -g]).at(-1)!;
      expectClose(last, [-0.5, 0.5], 4);
    }
  });
});

describe('sgd', () => {
  it('gives the result of torch.optim.SGD published in candle (candle-nn/tests/optim.rs, sgd_linear_regression)', () => {
    const plain = settings({ kind: 'sgd', momentum: 0 });
    expectClose(trace(plain, [0, 0, 0], 0.004, 1000, regression).at(-1)!, [2.9983196, 0.99790204, -1.9796902], 5);
  });

  it('has velocity (1 - mᵗ) / (1 - m) · g under a constant gradient', () => {
    const momentum = 0.75;
    let theta: Float32Array = Float32Array.of(0);
    let state = initOptimiser('sgd', 1);
    for (let t = 1; t <= 12; t++) {
      ({ theta, optimiser: state } = optimiserStep(settings({ kind: 'sgd', momentum }), state, theta, Float64Array.of(2), 2 ** -4));
      expect(state.moments[0]![0]).toBeCloseTo((2 * (1 - momentum ** t)) / (1 - momentum), 12);
      // Sum of the velocities: t - m (1 - mᵗ) / (1 - m), over 1 - m.
      const travelled = (2 * (t - (momentum * (1 - momentum ** t)) / (1 - momentum))) / (1 - momentum);
      expect(theta[0]).toBeCloseTo(-travelled / 16, 5);
    }
  });
});

describe('optimiserStep', () => {
  it('decays weights apart from the gradient: θ shrinks by 1 - learning rate · decay', () => {
    for (const kind of ['adam', 'sgd'] as const) {
      const [theta] = trace(settings({ kind, weightDecay: 0.5 }), [1, -3], 0.25, 1, () => [0, 0]);
      expect(theta).toEqual(Float32Array.of(0.875, -2.625));
    }
  });

  it('leaves what it is given as it was', () => {
    for (const kind of ['adam', 'sgd'] as const) {
      const theta = Float32Array.of(1, 2);
      const state = initOptimiser(kind, 2);
      const gradient = Float64Array.of(3, 4);
      optimiserStep(settings({ kind }), state, theta, gradient, 0.1);
      expect([theta, state, gradient]).toEqual([Float32Array.of(1, 2), initOptimiser(kind, 2), Float64Array.of(3, 4)]);
    }
  });

  it('refuses the state of another optimiser', () => {
    expect(() => optimiserStep(settings({}), initOptimiser('sgd', 1), new Float32Array(1), new Float64Array(1), 0.1)).toThrow(
      new TypeError('the state is of optimiser sgd, the spec asks for adam'),
    );
  });
});
