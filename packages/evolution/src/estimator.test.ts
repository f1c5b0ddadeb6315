import { perturbation } from '@metaplast/kernel';
import { type PartialRunSpec, type RunSpec, resolveSpec } from '@metaplast/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { ask, DivergenceError, tell } from './estimator.js';
import type { GenerationMetrics } from './metrics.js';
import { deserialise, serialise } from './serialise.js';
import { type EsState, init } from './state.js';

/** Settings of these tests, so that their numbers do not hang on the defaults: σ and learning rate 0.03, nothing clipped. */
const spec = (outer: PartialRunSpec['outer']): RunSpec =>
  resolveSpec({
    seed: 3,
    objective: { cap: 100 },
    outer: {
      sigma: { initial: 0.03, final: 0.03 },
      ...outer,
      shaping: { clip: 1e9, ...outer?.shaping },
      learningRate: { peak: 0.03, ...outer?.learningRate },
    },
  });

/** Σ aᵢ (xᵢ - cᵢ)², in 10 dimensions and with condition number 100; task t moves the minimum by ±t / 8. */
const quadratic = (x: Float32Array, task: number): number =>
  x.reduce((sum, value, i) => sum + 0.02 * 100 ** (i / 9) * (value - ((i % 3) - 1) - (i % 2 ? task : -task) / 8) ** 2, 0);

/** What workers would answer: losses [pair][task][+, -]. */
function answer({ seed }: RunSpec, { generation, sigma, pairs, tasksPerPair, theta }: ReturnType<typeof ask>): Float32Array {
  const epsilon = new Float32Array(theta.length);
  const losses: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    perturbation(seed, generation, pair, epsilon);
    for (let task = 0; task < tasksPerPair; task++) {
      for (const sign of [1, -1])
        losses.push(
          quadratic(
            theta.map((x, i) => x + sign * sigma * epsilon[i]!),
            task,
          ),
        );
    }
  }
  return Float32Array.from(losses);
}

function run(of: RunSpec, from: EsState, until = of.outer.generations): { state: EsState; metrics: GenerationMetrics[] } {
  let state = from;
  const metrics: GenerationMetrics[] = [];
  while (state.generation < until) {
    const told = tell(of, state, answer(of, ask(of, state)));
    state = told.state;
    metrics.push(told.metrics);
  }
  return { state, metrics };
}

const start = new Float32Array(10).fill(0.5);

describe('init', () => {
  it('copies θ and starts at generation 0', () => {
    const theta = Float32Array.of(1, 2);
    const state = init(spec({}), theta);
    theta[0] = 9;
    expect(state).toEqual({
      generation: 0,
      theta: Float32Array.of(1, 2),
      optimiser: { kind: 'adam', moments: [new Float64Array(2), new Float64Array(2)], powers: [1, 1] },
    });
  });

  it('refuses a θ that is empty or not finite', () => {
    for (const theta of [new Float32Array(0), Float32Array.of(1, Number.NaN), Float32Array.of(Number.POSITIVE_INFINITY)]) {
      expect(() => init(spec({}), theta)).toThrow(RangeError);
    }
  });
});

describe('ask', () => {
  const of = spec({ generations: 3, pairs: 5, tasksPerPair: 2, learningRate: { peak: 0.5, warmup: 2, decay: 'constant' } });

  it('says what to evaluate', () => {
    const state = init(of, start);
    expect(ask(of, state)).toEqual({
      generation: 0,
      sigma: Math.fround(0.03),
      learningRate: 0.25,
      pairs: 5,
      tasksPerPair: 2,
      theta: state.theta,
    });
  });

  it('refuses when all generations are done', () => {
    expect(() => ask(of, run(of, init(of, start)).state)).toThrow(new RangeError('all 3 generations are done'));
  });
});

describe('tell', () => {
  const optimisers = [
    { kind: 'adam', learningRate: { rms: 0.1, 'centred-rank': 0.1, none: 0.1 } },
    { kind: 'sgd', learningRate: { rms: 0.05, 'centred-rank': 0.05, none: 0.1 } },
  ] as const;
  const solvers = optimisers.flatMap(({ kind, learningRate }) =>
    (['rms', 'centred-rank', 'none'] as const).map((shaping) => ({ kind, shaping, peak: learningRate[shaping] })),
  );

  it.each(solvers)('solves a quadratic in 10 dimensions: $kind, $shaping', ({ kind, shaping, peak }) => {
    const of = spec({
      generations: 400,
      pairs: 32,
      sigma: { initial: 0.1, final: 0.01 },
      shaping: { kind: shaping },
      optimiser: { kind },
      learningRate: { peak },
    });
    const { state, metrics } = run(of, init(of, start));
    expect(metrics[0]!.meanLoss).toBeGreaterThan(5);
    expect(quadratic(state.theta, 0)).toBeLessThan(1e-4);
  });

  it('makes the step that SGD makes on the estimate computed here from its definition', () => {
    const of = spec({
      pairs: 7,
      tasksPerPair: 2,
      shaping: { kind: 'none' },
      optimiser: { kind: 'sgd' },
      learningRate: { warmup: 0, peak: 0.125 },
    });
    const before = init(of, start);
    const losses = answer(of, ask(of, before));
    const { state, metrics } = tell(of, before, losses);
    const sigma = Math.fround(0.03);
    const gradient = new Array<number>(10).fill(0);
    for (let pair = 0; pair < 7; pair++) {
      const [a = 0, b = 0, c = 0, d = 0] = losses.subarray(4 * pair);
      perturbation(3, 0, pair, new Float32Array(10)).forEach((e, i) => {
        gradient[i]! += (((a + c) / 2 - (b + d) / 2) / (2 * sigma) / 7) * e;
      });
    }
    gradient.forEach((g, i) => {
      expect(state.theta[i]).toBeCloseTo(0.5 - 0.125 * g, 6);
    });
    expect(metrics.gradientNorm).toBeCloseTo(Math.hypot(...gradient), 10);
    expect(metrics.updateNorm).toBeCloseTo(0.125 * Math.hypot(...gradient), 6);
  });

  it('goes on from bytes as if undisturbed, bit for bit, wherever the run was cut', () => {
    for (const kind of ['adam', 'sgd'] as const) {
      const of = spec({
        generations: 12,
        pairs: 9,
        tasksPerPair: 2,
        sigma: { initial: 0.1, final: 0.02 },
        optimiser: { kind, weightDecay: 0.01 },
      });
      const whole = run(of, init(of, start));
      for (let cut = 0; cut <= 12; cut++) {
        const first = run(of, init(of, start), cut);
        const second = run(of, deserialise(serialise(first.state)));
        expect(serialise(second.state)).toEqual(serialise(whole.state));
        expect([...first.metrics, ...second.metrics]).toEqual(whole.metrics);
      }
    }
  });

  it('gives these bits on every machine and Node', () => {
    const golden = { generations: 20, pairs: 16, sigma: { initial: 0.1, final: 0.02 }, optimiser: { weightDecay: 0.01 } } as const;
    // Losses with few significant bits, so that the last bit of Math.* here cannot matter.
    const losses = (g: number): Float32Array => Float32Array.from({ length: 32 }, (_, i) => ((i * 37 + g * 11) % 64) / 32);
    const hash = (of: RunSpec): string => {
      let state = init(of, start);
      for (let g = 0; g < 20; g++) ({ state } = tell(of, state, losses(g)));
      return bytesToHex(sha256(serialise(state))).slice(0, 16);
    };
    const hashes = (['rms', 'centred-rank', 'none'] as const).map((kind) => hash(spec({ ...golden, shaping: { kind, clip: 1.5 } })));
    expect(hashes).toEqual(['9f927881f06765a3', '73f3b96094525bd2', '66f6019c10e7ada1']);
    const two = resolveSpec({ ...spec(golden), tasks: [{ family: 'two-moons' }, { family: 'circles', weight: 3 }] });
    expect([0, 3].map((fairness) => hash({ ...two, objective: { ...two.objective, fairness } }))).toEqual([hashes[0], 'fa0c29ff14627113']);
  });

  it('leaves the state it is given as it was', () => {
    const of = spec({ pairs: 4 });
    const state = init(of, start);
    const bytes = serialise(state);
    tell(of, state, answer(of, ask(of, state)));
    expect(serialise(state)).toEqual(bytes);
  });

  it('stays where it is, without NaN, when all losses are equal or none is a number', () => {
    for (const kind of ['rms', 'centred-rank', 'none'] as const) {
      for (const loss of [0.7, 100, Number.NaN]) {
        const of = spec({ pairs: 4, shaping: { kind } });
        const { state, metrics } = tell(of, init(of, start), new Float32Array(8).fill(loss));
        expect(state.theta).toEqual(start);
        expect(metrics).toMatchObject({ gradientNorm: 0, updateNorm: 0, signalToNoise: 0, lossDeviation: 0 });
        for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true);
      }
    }
  });

  it('moves away from a member whose loss is not a number', () => {
    const of = spec({ pairs: 1, learningRate: { warmup: 0 } });
    const { state, metrics } = tell(of, init(of, start), Float32Array.of(Number.NaN, 1));
    const epsilon = perturbation(3, 0, 0, new Float32Array(10));
    state.theta.forEach((x, i) => {
      expect(Math.sign(x - 0.5)).toBe(-Math.sign(epsilon[i]!));
    });
    expect(metrics).toMatchObject({ nonFiniteLosses: 1, cappedLosses: 0, meanLoss: 50.5, worstLoss: 100 });
  });

  it('tells what the generation was like', () => {
    const of = spec({ generations: 5, pairs: 2, tasksPerPair: 2, learningRate: { warmup: 0, decay: 'constant' } });
    const { state, metrics } = tell(of, init(of, start), Float32Array.of(1, 2, 3, 4, 0, 100, 2, Number.NEGATIVE_INFINITY));
    // Members 2, 3, 1, 100.
    expect(metrics).toMatchObject({
      generation: 0,
      sigma: Math.fround(0.03),
      learningRate: 0.03,
      meanLoss: 26.5,
      bestLoss: 1,
      worstLoss: 100,
      nonFiniteLosses: 1,
      cappedLosses: 1,
    });
    expect(metrics.lossDeviation).toBeCloseTo(Math.sqrt((24.5 ** 2 + 23.5 ** 2 + 25.5 ** 2 + 73.5 ** 2) / 4), 12);
    expect(metrics.thetaNorm).toBeCloseTo(Math.hypot(...state.theta), 10);
    // Adam's first step is the learning rate in every coordinate.
    expect(metrics.updateNorm).toBeCloseTo(0.03 * Math.sqrt(10), 6);
  });

  it('refuses a wrong number of losses, another optimiser’s state, and more generations than there are', () => {
    const of = spec({ generations: 1, pairs: 2 });
    const state = init(of, start);
    expect(() => tell(of, state, new Float32Array(5))).toThrow(new RangeError('2 pairs on 1 tasks each have 4 losses, got 5'));
    expect(() => tell(of, init(spec({ optimiser: { kind: 'sgd' } }), start), new Float32Array(4))).toThrow(TypeError);
    expect(() => tell(of, tell(of, state, new Float32Array(4)).state, new Float32Array(4))).toThrow('all 1 generations are done');
  });

  it('stops with DivergenceError rather than with a θ that is not finite', () => {
    const of = spec({ pairs: 1, optimiser: { weightDecay: 1 }, learningRate: { peak: 100, warmup: 0, decay: 'constant' } });
    expect(() => run(of, init(of, start))).toThrow(DivergenceError);
  });
});
