import { resolveSpec } from '@metaplast/protocol';
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

describe('ablations', () => {
  it.each([
    ['ablation-no-lateral', { rule: { ...resolveSpec({}).rule, lateral: false } }],
    ['ablation-no-unlabelled', { inner: { ...resolveSpec({}).inner, unlabelled: 0 } }],
  ])('%s is the paper’s preset with one thing left out', (name, without) => {
    expect(resolveSpec(findPreset(name)!.spec)).toEqual({ ...resolveSpec(findPreset('paper')!.spec), ...without });
  });
});
