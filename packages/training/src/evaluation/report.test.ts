// The report with real threads, against a plain computation.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dispatcher, InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { DOMAIN, type Domain, Kernel, kernelIdentity, type Trial } from '@metaplast/kernel';
import { BASELINES, baselineTrials, initialTheta, kernelConfig } from '@metaplast/plasticity';
import { resolveSpec } from '@metaplast/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTraining } from '../run.js';
import { RunStore } from '../store/store.js';
import { reportRun } from '../summary.js';
import { heldOutBaselines, tuneBaselines } from './baselines.js';
import { evaluateReport } from './report.js';
import { familySpec, pairedDifference, score } from './trials.js';

const spec = resolveSpec({
  seed: 5,
  inner: { steps: 8, test: 16 },
  outer: { generations: 2, pairs: 2 },
  evaluation: {
    trials: 10,
    reportTrials: 14,
    validationTrials: 9,
    families: [{ family: 'two-moons' }, { family: 'two-gaussians:isotropic' }],
  },
});
const theta = initialTheta(spec);

let dispatcher: Dispatcher;
beforeAll(async () => {
  dispatcher = new InProcessDispatcher(await EnginePool.start({ threads: 2 }));
});
afterAll(() => dispatcher.close());

/** [trial][learning rate] of a baseline, computed here. */
function baseline(kind: 'sgd' | 'adam', domain: Domain, family: number, trials: number, learningRates: readonly number[]): Trial[][] {
  const kernel = new Kernel(kernelConfig(familySpec(spec, family)));
  kernel.setSeed(spec.seed);
  return Array.from({ length: trials }, (_, pair) => {
    kernel.prepare({ domain, generation: family, pair, task: 0 });
    return baselineTrials(kernel, { kind, settings: learningRates.map((rate) => [rate]) });
  });
}

const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('score', () => {
  const trials = (accuracy: number[]) => {
    const crossEntropy = Float32Array.from(accuracy, (a) => 1 - a);
    return { accuracy: Float32Array.from(accuracy), crossEntropy, trainCrossEntropy: crossEntropy.map((x) => x / 2) };
  };

  it('is the mean and its standard error', () => {
    expect(score(trials([0.5, 1, 0.75, 0.75]))).toEqual({
      accuracy: 0.75,
      se: Math.sqrt(0.125 / 3 / 4),
      crossEntropy: 0.25,
      trainCrossEntropy: 0.125,
    });
  });

  it('of a difference is paired', () => {
    const difference = pairedDifference(trials([1, 0.75, 0.5]), trials([0.75, 0.5, 0.25]));
    expect(difference).toEqual({ difference: 0.25, se: 0 });
  });
});

describe('tuneBaselines', { timeout: 60_000 }, () => {
  it('takes the learning rate of the highest mean accuracy on validation tasks, the lowest of equals', async () => {
    for (const family of [0, 1]) {
      const tuned = await tuneBaselines({ spec, dispatcher }, family);
      for (const kind of ['sgd', 'adam'] as const) {
        const rates = BASELINES[kind].grid.map(([rate]) => rate!);
        const trials = baseline(kind, DOMAIN.validation, family, 9, rates);
        const means = rates.map((_, k) => mean(trials.map((t) => Math.fround(t[k]!.accuracy))));
        const best = means.indexOf(Math.max(...means));
        expect(tuned[kind]).toEqual({ learningRate: rates[best], accuracy: means[best] });
      }
    }
  });
});

describe('heldOutBaselines', { timeout: 60_000 }, () => {
  it('measures the tuned baselines on the held-out tasks', async () => {
    const { adam } = await heldOutBaselines({ spec, dispatcher });
    const trials = baseline('adam', DOMAIN.heldOut, 0, 10, [adam.learningRate]);
    expect(adam.accuracy).toBeCloseTo(mean(trials.map((t) => t[0]!.accuracy)), 6);
    expect(adam.crossEntropy).toBeCloseTo(mean(trials.map((t) => t[0]!.crossEntropy)), 6);
  });
});

describe('evaluateReport', { timeout: 60_000 }, () => {
  it('gives a row a family: rule, baselines and their paired differences on the same tasks', async () => {
    const order: number[] = [];
    const tasks = await evaluateReport({ spec, dispatcher, theta, onTask: (_, family) => order.push(family) });
    expect(order.sort()).toEqual([0, 1]);
    expect(tasks.map((t) => [t.family, t.trials])).toEqual([
      ['two-moons', 14],
      ['two-gaussians:isotropic', 14],
    ]);
    const task = tasks[1]!;
    const kernel = new Kernel(kernelConfig(familySpec(spec, 1)));
    kernel.setSeed(spec.seed);
    kernel.setTheta(theta);
    const rule = kernel.trials(DOMAIN.report, 1, 0, 14);
    const { learningRate } = task.baselines.sgd;
    const sgd = baseline('sgd', DOMAIN.report, 1, 14, [learningRate]).map((t) => t[0]!);
    expect(learningRate).toBe((await tuneBaselines({ spec, dispatcher }, 1)).sgd.learningRate);
    expect(task.rule.accuracy).toBeCloseTo(mean(rule.map((t) => t.accuracy)), 12);
    expect(task.rule.trainCrossEntropy).toBeCloseTo(mean(rule.map((t) => t.trainCrossEntropy)), 6);
    expect(task.baselines.sgd.accuracy).toBeCloseTo(mean(sgd.map((t) => t.accuracy)), 6);
    const differences = rule.map((t, i) => t.accuracy - sgd[i]!.accuracy);
    const difference = mean(differences);
    expect(task.paired.sgd.difference).toBeCloseTo(difference, 6);
    expect(task.paired.sgd.se).toBeCloseTo(Math.sqrt(differences.reduce((s, d) => s + (d - difference) ** 2, 0) / 13 / 14), 6);
  });

  it('counts a cross-entropy that is not finite as the cap', async () => {
    const nothing: Dispatcher = {
      slots: 1,
      busyMs: 0,
      evaluate: async (work) => {
        const isRule = work.kind === 'trials' && work.learner.kind === 'rule';
        const values = isRule ? Float32Array.of(Number.NaN, 0.5, 1, 1, 0.5, Number.POSITIVE_INFINITY) : new Float32Array(2 * 9 * 3);
        return { values, busyMs: 0, engines: [] };
      },
      close: async () => {},
    };
    const two = { ...spec, evaluation: { ...spec.evaluation, validationTrials: 2, families: spec.evaluation.families.slice(0, 1) } };
    const { rule } = (
      await evaluateReport({ spec: { ...two, evaluation: { ...two.evaluation, reportTrials: 2 } }, dispatcher: nothing, theta })
    )[0]!;
    expect(rule).toEqual({ accuracy: 0.5, se: 0, crossEntropy: 2, trainCrossEntropy: 2 });
  });
});

describe('reportRun', { timeout: 60_000 }, () => {
  it('reports a run, and computes nothing twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metaplast-report-'));
    const store = RunStore.open(join(folder, 'run.db'));
    store.createRun({ id: 'r', name: 'r', spec, kernel: kernelIdentity() });
    const { thetaSha256, theta: trained } = await runTraining({ store, runId: 'r', dispatcher });
    const report = await reportRun({ store, runId: 'r', dispatcher });
    expect(report).toMatchObject({ seed: 5, kernel: kernelIdentity(), generations: 2, innerTrainings: 8, thetaSha256 });
    expect(report.tasks).toEqual(await evaluateReport({ spec, dispatcher, theta: trained }));
    const { busyMs } = dispatcher;
    expect(await reportRun({ store, runId: 'r', dispatcher })).toEqual(report);
    await tuneBaselines({ spec, dispatcher }, 1, { store, runId: 'r' });
    expect(dispatcher.busyMs).toBe(busyMs);
    store.close();
    rmSync(folder, { recursive: true });
  });
});
