import { readFileSync } from 'node:fs';
import { KERNEL_IDENTITY } from '@metaplast/kernel';
import { describe, expect, it } from 'vitest';
import { findRule, ruleNames } from './rules.js';
import { thetaSha256 } from './theta.js';

describe('published rules', () => {
  it('are whole, of this kernel, and what their runs say', () => {
    expect(ruleNames()).toContain('two-moons');
    for (const name of ruleNames()) {
      const { theta, spec, kernel, generation } = findRule(name)!;
      const run = JSON.parse(readFileSync(new URL(`../../../rules/${name}.json`, import.meta.url), 'utf8'));
      expect(run).toMatchObject({ thetaSha256: thetaSha256(theta), seed: spec.seed, kernel, generations: generation, spec });
      expect(kernel).toBe(KERNEL_IDENTITY);
      expect(run.metaLoss).toHaveLength(generation);
      expect(run.heldOut.at(-1).generation).toBe(generation);
    }
  });

  it('are found by their exact name only', () => {
    for (const name of ['', 'Two-Moons', '../rules/two-moons', 'two-moons.safetensors']) expect(findRule(name)).toBeUndefined();
  });
});
