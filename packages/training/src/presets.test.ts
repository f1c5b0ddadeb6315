import { type RunSpec, resolveSpec, scheduleAt, specAt } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { findPreset, presetNames } from './presets.js';

describe('presets', () => {
  it('are described, and resolve', () => {
    expect(presetNames()).toEqual(expect.arrayContaining(['paper', 'paper-broad', 'quickstart', 'smoke']));
    for (const name of presetNames()) {
      const preset = findPreset(name)!;
      expect(Object.keys(preset)).toEqual(['description', 'spec']);
      expect(preset.description).not.toBe('');
      expect(resolveSpec(preset.spec)).toMatchObject(preset.spec);
    }
  });

  it('are found by their exact name only', () => {
    for (const name of ['', 'Smoke', '../presets/smoke', 'smoke.json']) expect(findPreset(name)).toBeUndefined();
  });
});

describe('paper-broad', () => {
  it('begins as the quickstart, so that their θ are the same until its end', () => {
    const [broad, quickstart] = ['paper-broad', 'quickstart'].map((name) => resolveSpec(findPreset(name)!.spec)) as [RunSpec, RunSpec];
    const end = quickstart.outer.generations;
    const seen = (spec: RunSpec, at: number): unknown => {
      const { sigma: _, learningRate: __, generations: ___, ...outer } = spec.outer;
      // Fairness does nothing where there is one component.
      return {
        ...specAt(spec, at),
        evaluation: null,
        objective: null,
        outer,
        of: [scheduleAt(spec, at, 'sigma'), scheduleAt(spec, at, 'learningRate')],
      };
    };
    for (const at of [0, 1, end - 1]) expect(seen(broad, at)).toEqual(seen(quickstart, at));
    expect(seen(broad, end)).not.toEqual(seen(broad, end - 1));
  });
});

describe('ablations', () => {
  const paper = resolveSpec(findPreset('paper')!.spec);
  it.each([
    ['ablation-no-lateral', { rule: { ...paper.rule, lateral: false } }],
    ['ablation-no-unlabelled', { inner: { ...paper.inner, unlabelled: 0 } }],
  ])('%s is the paper’s preset with one thing left out', (name, without) => {
    expect(resolveSpec(findPreset(name)!.spec)).toEqual({ ...paper, ...without });
  });
});
