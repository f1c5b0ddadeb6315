// What the families' points are like, on the oracle's data (equality.test.ts holds the kernel's against it).

import { type Distribution, DOMAIN, type FamilyName, type KernelConfig, type ParameterName } from '@metaplast/kernel';
import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { kernelConfig } from '../compile.js';
import { FAMILY_DEFAULTS } from '../families.js';
import { Draws } from './random.js';
import { drawData, type ReferenceData, type ReferenceSet } from './tasks.js';

type Params = Partial<Record<ParameterName, Distribution>>;

function draw(family: FamilyName, params: Params, change: Partial<KernelConfig> = {}, pair = 0): ReferenceData {
  const tasks = [{ family, weight: 1, params: { ...FAMILY_DEFAULTS[family], rotation: 0, ...params } }];
  const config = { ...kernelConfig(resolveSpec({})), tasks, test: 400, ...change };
  return drawData(config, new Draws(9, { domain: DOMAIN.figure, generation: 0, pair, task: 0 }));
}

const rows = ({ points, labels }: ReferenceSet): { c: number; x: number; y: number }[] =>
  Array.from(labels, (c, i) => ({ c, x: points[2 * i]!, y: points[2 * i + 1]! }));

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('families without noise', () => {
  it('two-moons lie on their half circles; a gap pushes them apart', () => {
    for (const { c, x, y } of rows(draw('two-moons', { noise: 0 }).test)) {
      const [px, py] = [0.7 * x + 0.5, 0.7 * y + 0.25];
      if (c === 0) expect(Math.hypot(px, py)).toBeCloseTo(1, 10);
      else expect(Math.hypot(px - 1, py - 0.5)).toBeCloseTo(1, 10);
      expect(c === 0 ? py : 0.5 - py).toBeGreaterThanOrEqual(-1e-12);
    }
    // Separation is in units of the noise, half of it on either side; divided by 0.7 like all else.
    const [near, far] = [0, 4].map((separation) => rows(draw('two-moons', { noise: 0.1, separation }).test));
    far!.forEach(({ c, y }, i) => {
      expect(y - near![i]!.y).toBeCloseTo(((c === 0 ? 1 : -1) * 0.2) / 0.7, 10);
    });
  });

  it('circles have radii 1 and 1 − separation', () => {
    for (const { c, x, y } of rows(draw('circles', { noise: 0, separation: 0.3 }).test))
      expect(Math.hypot(x, y)).toBeCloseTo(c === 0 ? 1 : 0.7, 10);
  });

  it('xor-blobs sit at the corners of a square, equal signs in class 0', () => {
    const corners = rows(draw('xor-blobs', { noise: 0, separation: 2 }).test);
    for (const { c, x, y } of corners) {
      expect(Math.abs(x)).toBe(2);
      expect(y).toBe(c === 0 ? x : -x);
    }
    expect(Math.abs(mean(corners.map(({ x }) => x)))).toBeLessThan(0.4); // the four corners are equally likely
  });

  it('blobs shrink to a centre a class, as many as there are classes', () => {
    const { points, labels } = draw('blobs', { noise: 0 }, { inputs: 3, classes: 4, labelled: [8] }).labelled;
    const centres = new Set(Array.from(labels, (c, i) => `${c}: ${points.slice(3 * i, 3 * i + 3).join()}`));
    expect(centres.size).toBe(4);
  });
});

describe('families with noise', () => {
  it('linear-margin keeps the margin free', () => {
    const points = rows(draw('linear-margin', { separation: 0.6 }).test);
    for (const { c, x } of points) expect(c === 0 ? x : -x).toBeGreaterThanOrEqual(0.3);
    expect(Math.abs(mean(points.map(({ y }) => y ** 2)) - 1)).toBeLessThan(0.25);
  });

  for (const variant of ['anisotropic', 'generic', 'isotropic', 'diagonal'] as const) {
    it(`two-gaussians:${variant} has mean 0 and unit variance an axis over the population`, () => {
      const axes: [number[], number[]] = [[], []];
      const gaps: number[] = [];
      for (let pair = 0; pair < 40; pair++) {
        const points = rows(draw(`two-gaussians:${variant}`, {}, {}, pair).test);
        axes[0].push(...points.map(({ x }) => x));
        axes[1].push(...points.map(({ y }) => y));
        const of = (c: number): { c: number; x: number; y: number }[] => points.filter((p) => p.c === c);
        gaps.push(
          Math.hypot(mean(of(0).map((p) => p.x)) - mean(of(1).map((p) => p.x)), mean(of(0).map((p) => p.y)) - mean(of(1).map((p) => p.y))),
        );
      }
      for (const axis of axes) {
        expect(Math.abs(mean(axis))).toBeLessThan(0.03);
        expect(Math.abs(mean(axis.map((v) => v ** 2)) - 1)).toBeLessThan(0.04);
      }
      expect(mean(gaps)).toBeGreaterThan(1);
    });
  }
});

describe('what all families share', () => {
  it('shares of the classes, and labels in reverse order', () => {
    const count = (set: ReferenceSet): number => set.labels.filter((label) => label === 0).length;
    const { labelled, test, unlabelled } = draw('two-moons', { balance: 0.3 });
    expect([count(labelled), count(test)]).toEqual([3, 120]);
    expect(Math.abs(count(unlabelled) / 500 - 0.3)).toBeLessThan(0.06);
    const swapped = draw('two-moons', { balance: 0.3, labelSwap: 1 });
    expect([count(swapped.labelled), count(swapped.test)]).toEqual([7, 280]);
    expect([...swapped.test.points]).toEqual([...test.points]);
    // Both classes always have a labelled point.
    expect(count(draw('two-moons', { balance: 0.01 }).labelled)).toBe(1);
    expect(count(draw('two-moons', { balance: 0.99 }).labelled)).toBe(9);
  });

  it('scale, then rotation of the first two axes, then offset', () => {
    const plain = rows(draw('two-moons', {}).test);
    const turned = rows(draw('two-moons', { rotation: 0.25, scale: 2 }).test);
    const moved = rows(draw('two-moons', { offset: 3, rotation: 0.25, scale: 2 }).test);
    const shift = [moved[0]!.x - turned[0]!.x, moved[0]!.y - turned[0]!.y];
    expect(Math.hypot(...shift)).toBeGreaterThan(0.1);
    plain.forEach(({ x, y }, i) => {
      expect(turned[i]!.x).toBeCloseTo(-2 * y, 10);
      expect(turned[i]!.y).toBeCloseTo(2 * x, 10);
      expect(moved[i]!.x - turned[i]!.x).toBeCloseTo(shift[0]!, 10);
      expect(moved[i]!.y - turned[i]!.y).toBeCloseTo(shift[1]!, 10);
    });
  });

  it('stretch is a factor exp(stretch · N(0, 1)) of its own for each axis', () => {
    const logs: number[] = [];
    for (let pair = 0; pair < 60; pair++) {
      const [a, b] = [draw('two-moons', { stretch: 0.4 }, { test: 2 }, pair), draw('two-moons', {}, { test: 2 }, pair)].map(
        (d) => rows(d.test)[0]!,
      );
      logs.push(Math.log(a!.x / b!.x), Math.log(a!.y / b!.y));
    }
    expect(Math.abs(mean(logs))).toBeLessThan(0.12);
    expect(Math.abs(Math.sqrt(mean(logs.map((v) => v ** 2))) - 0.4)).toBeLessThan(0.08);
  });

  it('parameters are drawn from their distribution once a task', () => {
    const radius = (separation: Distribution, pair: number): number => {
      const inner = rows(draw('circles', { noise: 0, separation }, { test: 4 }, pair).test).filter(({ c }) => c === 1);
      expect(Math.hypot(inner[0]!.x, inner[0]!.y)).toBeCloseTo(Math.hypot(inner[1]!.x, inner[1]!.y), 10);
      return 1 - Math.hypot(inner[0]!.x, inner[0]!.y);
    };
    const sample = (d: Distribution): number[] => Array.from({ length: 300 }, (_, pair) => radius(d, pair));
    const uniform = sample({ uniform: [0.2, 0.6] });
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0.2 - 1e-9);
    expect(Math.max(...uniform)).toBeLessThanOrEqual(0.6 + 1e-9);
    expect(Math.abs(mean(uniform) - 0.4)).toBeLessThan(0.02);
    expect(Math.abs(mean(sample({ logUniform: [0.1, 0.9] }).map(Math.log)) - Math.log(0.3))).toBeLessThan(0.11);
    expect(new Set(sample({ choice: [0.25, 0.5, 0.75] }).map((v) => v.toFixed(6)))).toEqual(new Set(['0.250000', '0.500000', '0.750000']));
  });
});
