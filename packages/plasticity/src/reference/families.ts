// The oracle's task families: how a point of a class looks, before what all families share (reference/tasks.ts).

import type { FamilyName } from '@metaplast/kernel';

/** What a family draws its tasks from. */
export interface FamilyDraws {
  /** The task's separation and noise. */
  separation: number;
  noise: number;
  dimensions: number;
  /** The family's own uniforms of the task, numbered from 0, in (low, high]. */
  uniform(index: number, low: number, high: number): number;
  /** The family's own 16 normals of the task, numbered from 0. */
  normal(index: number): number;
  /** Coordinate d of the centre of blob c, N(0, 1). */
  centre(c: number, d: number): number;
}

/** A point of class c, from its uniform u in (0, 1] and its standard normals g, one a dimension. */
export type PointOf = (c: number, u: number, g: Float64Array) => number[];

const turn = (turns: number): [cos: number, sin: number] => [Math.cos(2 * Math.PI * turns), Math.sin(2 * Math.PI * turns)];

/** A 2 × 2 matrix as rows. */
type Factor = [[number, number], [number, number]];

/** Two Gaussians at ± mean with a factor a class, scaled so that either axis has unit variance over the population. */
function gaussians({ separation, noise }: FamilyDraws, mean: [number, number], factors: [Factor, Factor]): PointOf {
  const [m0, m1] = mean.map((m) => separation * m) as [number, number];
  const variance = (row: 0 | 1): number => {
    const within = factors.reduce((sum, f) => sum + f[row][0] ** 2 + f[row][1] ** 2, 0) / 2;
    return noise ** 2 * within;
  };
  const sd0 = Math.sqrt(m0 ** 2 + variance(0));
  const sd1 = Math.sqrt(m1 ** 2 + variance(1));
  return (c, _u, g) => {
    const sign = c === 0 ? 1 : -1;
    const [row0, row1] = factors[c === 0 ? 0 : 1];
    const x = sign * m0 + noise * (row0[0] * g[0]! + row0[1] * g[1]!);
    const y = sign * m1 + noise * (row1[0] * g[0]! + row1[1] * g[1]!);
    return [x / sd0, y / sd1];
  };
}

/** A mean of random direction, its length in (low, high]. */
function randomMean(draws: FamilyDraws, low: number, high: number): [number, number] {
  const distance = draws.uniform(0, low, high);
  const [cos, sin] = turn(draws.uniform(1, 0, 1));
  return [distance * cos, distance * sin];
}

/** The families: given a task's draws, what its points look like. */
export const FAMILY_POINTS: Readonly<Record<FamilyName, (draws: FamilyDraws) => PointOf>> = {
  'two-moons':
    ({ separation, noise }) =>
    (c, u, g) => {
      const [cos, sin] = turn(u / 2);
      const gap = (separation * noise) / 2;
      const x = (c === 0 ? cos : 1 - cos) + noise * g[0]!;
      const y = (c === 0 ? sin + gap : 0.5 - sin - gap) + noise * g[1]!;
      return [(x - 0.5) / 0.7, (y - 0.25) / 0.7];
    },

  'two-gaussians:anisotropic': (draws) => {
    const factor = (c: number): Factor => {
      const [cos, sin] = turn(draws.uniform(2 + 3 * c, 0, 1));
      const long = draws.uniform(3 + 3 * c, 0.6, 1.4);
      const short = draws.uniform(4 + 3 * c, 0.1, 0.4);
      return [
        [cos * long, -sin * short],
        [sin * long, cos * short],
      ];
    };
    return gaussians(draws, randomMean(draws, 0.5, 1.2), [factor(0), factor(1)]);
  },

  'two-gaussians:generic': (draws) => {
    const entry = (index: number): number => 0.6 * draws.normal(index);
    const factor = (first: number): Factor => [
      [entry(first), entry(first + 1)],
      [entry(first + 2), entry(first + 3)],
    ];
    return gaussians(draws, [draws.normal(0), draws.normal(1)], [factor(2), factor(6)]);
  },

  'two-gaussians:isotropic': (draws) => {
    const unit: Factor = [
      [1, 0],
      [0, 1],
    ];
    return gaussians(draws, randomMean(draws, 1, 2), [unit, unit]);
  },

  'two-gaussians:diagonal': (draws) => {
    const factor = (c: number): Factor => [
      [Math.exp(0.4 * draws.normal(2 * c)), 0],
      [0, Math.exp(0.4 * draws.normal(2 * c + 1))],
    ];
    return gaussians(draws, randomMean(draws, 1, 2), [factor(0), factor(1)]);
  },

  'linear-margin':
    ({ separation, noise }) =>
    (c, _u, g) => {
      const distance = separation / 2 + noise * Math.abs(g[0]!);
      return [c === 0 ? distance : -distance, g[1]!];
    },

  circles:
    ({ separation, noise }) =>
    (c, u, g) => {
      const radius = c === 0 ? 1 : 1 - separation;
      const [cos, sin] = turn(u);
      return [radius * cos + noise * g[0]!, radius * sin + noise * g[1]!];
    },

  'xor-blobs':
    ({ separation, noise }) =>
    (c, u, g) => {
      const x = u <= 0.5 ? separation : -separation;
      const y = c === 0 ? x : -x;
      return [x + noise * g[0]!, y + noise * g[1]!];
    },

  blobs:
    ({ separation, noise, dimensions, centre }) =>
    (c, _u, g) =>
      Array.from({ length: dimensions }, (_, d) => separation * centre(c, d) + noise * g[d]!),
};
