import { readFileSync } from 'node:fs';
import { WasmEngine } from '@metaplast/engine';
import { ask, init } from '@metaplast/evolution';
import { KERNEL_IDENTITY } from '@metaplast/kernel';
import { initialTheta } from '@metaplast/plasticity';
import { specAt } from '@metaplast/protocol';
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

  it('begin as their specs do today: defaults, initial θ, tasks and losses are what they were', () => {
    for (const name of ruleNames()) {
      const { spec } = findRule(name)!;
      const { metaLoss } = JSON.parse(readFileSync(new URL(`../../../rules/${name}.json`, import.meta.url), 'utf8'));
      const { generation, sigma, theta, pairs } = ask(spec, init(spec, initialTheta(spec)));
      const losses = new WasmEngine().evaluate({
        work: { kind: 'generation', spec: specAt(spec, 0), generation, sigma, theta },
        first: 0,
        count: pairs,
      });
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      expect(Number(mean.toFixed(4)), name).toBe(metaLoss[0]);
    }
  });

  it('are found by their exact name only', () => {
    for (const name of ['', 'Two-Moons', '../rules/two-moons', 'two-moons.safetensors']) expect(findRule(name)).toBeUndefined();
  });
});
