import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dispatcher, InProcessDispatcher } from '@metaplast/dispatch';
import { EnginePool } from '@metaplast/engine';
import { DOMAIN, Kernel } from '@metaplast/kernel';
import { initialTheta, kernelConfig } from '@metaplast/plasticity';
import { BASELINE_KINDS, resolveSpec, type Work } from '@metaplast/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meanAndError, runTrials, score } from '../evaluation/trials.js';
import { points } from '../numbers.js';
import { remembering } from './cache.js';
import { innerCurves } from './curves.js';
import { statements } from './statements.js';
import { type FamilyResult, makeStudy, type Study } from './study.js';
import { VARIANT_NAMES, variant } from './variants.js';

const spec = resolveSpec({
  seed: 3,
  network: { hidden: [4] },
  rule: { hidden: [4] },
  inner: { steps: 4, test: 16 },
  tasks: [{ family: 'two-moons' }],
  stages: [{ generations: 1, tasks: [{ family: 'circles' }] }],
  evaluation: {
    reportTrials: 12,
    validationTrials: 8,
    families: [{ family: 'two-moons' }, { family: 'two-gaussians:generic' }, { family: 'circles' }],
  },
});
const rules = [3, 4].map((seed) => ({ seed, theta: initialTheta({ ...spec, seed }) }));

const folder = mkdtempSync(join(tmpdir(), 'metaplast-study-'));
let engines: Dispatcher;
let works: Work[] = [];
let dispatcher: Dispatcher;
beforeAll(async () => {
  engines = new InProcessDispatcher(await EnginePool.start({ threads: 1 }));
  const counting: Dispatcher = {
    ...engines,
    slots: 1,
    busyMs: 0,
    evaluate: (work, signal) => {
      works.push(work);
      return engines.evaluate(work, signal);
    },
  };
  dispatcher = remembering(counting, folder);
}, 60_000);
afterAll(async () => {
  await engines.close();
  rmSync(folder, { recursive: true });
});

describe('makeStudy', { timeout: 60_000 }, () => {
  let study: Study;
  beforeAll(async () => {
    study = await makeStudy({ spec, dispatcher, rules, curveTrials: 5 });
  }, 60_000);

  it('has every family with every baseline and variant, every shape, and curves', () => {
    expect(study.families.map((f) => [f.family, f.met, f.trials])).toEqual([
      ['two-moons', true, 12],
      ['two-gaussians:generic', false, 12],
      ['circles', true, 12],
    ]);
    for (const family of study.families) {
      expect(Object.keys(family.baselines)).toEqual([...BASELINE_KINDS]);
      expect(Object.keys(family.variants)).toEqual(VARIANT_NAMES);
      expect(family.rules.map((r) => r.seed)).toEqual([3, 4]);
    }
    expect(study.shapes.map((s) => s.hidden)).toEqual([[16], [64], [128], [32, 32]]);
    expect(study.curves.map((c) => c.family)).toEqual(['two-moons', 'two-gaussians:generic']);
  });

  it('holds all rules and baselines against each other on the same tasks', async () => {
    const [, generic] = study.families as [FamilyResult, FamilyResult];
    const site = { domain: DOMAIN.report, family: 1, trials: 12 };
    const context = { spec, dispatcher: engines };
    const [rule] = await runTrials(context, site, { kind: 'rule', theta: rules[1]!.theta });
    const { setting } = generic.baselines[generic.backprop];
    const [backprop] = await runTrials(context, site, { kind: generic.backprop, settings: [setting] });
    expect(generic.rules[1]).toMatchObject(score(rule!));
    expect(generic.baselines[generic.backprop]).toMatchObject(score(backprop!));
    const { mean, se } = meanAndError(rule!.accuracy.map((a, i) => a - backprop!.accuracy[i]!));
    expect(generic.rules[1]!.minusBackprop.difference).toBeCloseTo(mean, 6);
    expect(generic.rules[1]!.minusBackprop.se).toBeCloseTo(se, 6);
    expect(generic.tunedOnFirst.setting).toEqual(study.families[0]!.baselines[study.families[0]!.backprop].setting);
    // The rules are at their start already, each of its own seed.
    expect(generic.variants.untrained.map((v) => v.minusRule.difference)).toEqual([0, 0]);
  });

  it('computes nothing twice', async () => {
    expect(works.length).toBeGreaterThan(50);
    works = [];
    expect(await makeStudy({ spec, dispatcher, rules, curveTrials: 5 })).toEqual(study);
    expect(works).toEqual([]);
    expect(readdirSync(folder).every((name) => /^[0-9a-f]{64}\.f32$/.test(name))).toBe(true);
  });
});

describe('innerCurves', { timeout: 60_000 }, () => {
  it('begin at the initial weights and end with the trials after all steps', async () => {
    const context = { spec, dispatcher: engines };
    const curves = await innerCurves(context, 1, { theta: rules[0]!.theta, learningRate: 0.5, trials: 6 });
    const site = { domain: DOMAIN.report, family: 1, trials: 6 };
    const [rule] = await runTrials(context, site, { kind: 'rule', theta: rules[0]!.theta });
    const [backprop] = await runTrials(context, site, { kind: 'sgd', settings: [[0.5]] });
    expect(curves.labelledSeen).toEqual([0, 10, 20, 30, 40]);
    expect(curves.rule.accuracy.at(-1)).toBeCloseTo(score(rule!).accuracy, 9);
    expect(curves.rule.accuracySe.at(-1)).toBeCloseTo(score(rule!).se, 9);
    expect(curves.backprop.trainLoss.at(-1)).toBeCloseTo(score(backprop!).trainCrossEntropy, 6);
    // The kernel's own float32 weights and the baseline's float64 ones start alike.
    expect(curves.backprop.accuracy[0]).toBeCloseTo(curves.rule.accuracy[0]!, 6);
    expect(curves.backprop.trainLoss[0]).toBeCloseTo(curves.rule.trainLoss[0]!, 4);
  });
});

describe('variants', () => {
  const weightsAfter = (of: ReturnType<typeof variant>) => {
    const kernel = new Kernel(kernelConfig(of.spec));
    kernel.setSeed(1);
    kernel.setTheta(of.learner.theta);
    kernel.prepare({ domain: DOMAIN.report, generation: 0, pair: 0, task: 0 });
    kernel.begin();
    const before = kernel.weights();
    for (let t = 0; t < 4; t++) kernel.step(t);
    return { before, after: kernel.weights() };
  };

  it.each([
    ['frozen-W', 'forward'],
    ['frozen-V', 'feedback'],
    ['frozen-M', 'lateral'],
  ] as const)('%s leaves those weights as they were, to the bit, and no others', (name, frozen) => {
    const { before, after } = weightsAfter(variant(name, spec, rules[0]!.theta));
    for (const set of ['forward', 'feedback', 'lateral'] as const) {
      before.forEach((layer, l) => {
        if (set === frozen) expect(after[l]![set]).toEqual(layer[set]);
        else expect(after[l]![set]).not.toEqual(layer[set]);
      });
    }
  });
});

describe('statements', () => {
  const d = (difference: number) => ({ difference, se: 0.01 });
  const family = (name: string, met: boolean, differences: number[], trainCrossEntropy: number): FamilyResult => {
    const result = { accuracy: 0.8, se: 0.01, crossEntropy: 0.4, trainCrossEntropy: 0.1, setting: [0.5], validationAccuracy: 0.8 };
    return {
      family: name,
      met,
      trials: 100,
      backprop: 'sgd',
      baselines: Object.fromEntries(BASELINE_KINDS.map((kind) => [kind, result])) as FamilyResult['baselines'],
      tunedOnFirst: { ...result, kind: 'sgd' },
      rules: differences.map((x, seed) => ({
        ...result,
        seed,
        accuracy: 0.8 + x,
        trainCrossEntropy,
        minusBackprop: d(x),
        minusTunedOnFirst: d(x + 0.02),
      })),
      variants: {} as FamilyResult['variants'],
    };
  };

  it('hold when every seed is more than two standard errors above', () => {
    const rows = statements({
      families: [family('two-moons', true, [0.1, 0.05], 0.3), family('two-gaussians:generic', false, [0.03, 0.01], 0.3)],
      shapes: [],
      curves: [],
    });
    expect(rows.map(({ verdict, holds, seeds }) => [verdict, holds, seeds])).toEqual([
      ['reproduced', 2, 2],
      ['in some seeds', 1, 2],
      ['reproduced', 2, 2],
      ['reproduced', 2, 2],
    ]);
    expect(rows[1]!.statement).toContain('never met in meta-training');
    expect(rows[1]!.measured).toBe('rule 83.0, 81.0 %; backprop 80.0 %; differences +3.0 ± 1.0, +1.0 ± 1.0; mean +2.0 ± 1.0 over seeds');
  });

  it('a training loss that is lower than backprop’s does not reproduce the third', () => {
    const rows = statements({ families: [family('two-moons', true, [0.1, 0.1], 0.05)], shapes: [], curves: [] });
    expect(rows.at(-1)).toMatchObject({ verdict: 'not reproduced', holds: 0, measured: 'rule 0.050, 0.050; backprop 0.100 nats' });
  });

  it('write differences in points', () => {
    expect([d(0.105), d(-0.0312), d(-0.0001)].map(points)).toEqual(['+10.5 ± 1.0', '−3.1 ± 1.0', '+0.0 ± 1.0']);
  });
});
