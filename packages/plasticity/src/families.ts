// The task families: what each is, and what its parameters mean and are when left out. Drawn inside the kernel
// (packages/kernel/assembly/families.ts); the float64 reference has a copy of its own (reference/families.ts).

import { type Distribution, FAMILIES, type FamilyName, PARAMETERS, type ParameterName } from '@metaplast/kernel';

/** A family of classification tasks. Rotation, scale, stretch, offset and labelSwap mean the same in all: see docs/tasks.md. */
export interface TaskFamily {
  name: FamilyName;
  summary: string;
  /** What the family's own two parameters measure. */
  separation: string;
  noise: string;
  defaults: Record<ParameterName, Distribution>;
}

const WHOLE_TURN = { uniform: [0, 1] } as const;

function family(
  name: FamilyName,
  summary: string,
  separation: [meaning: string, value: Distribution],
  noise: [meaning: string, value: Distribution],
  rotation: Distribution,
): TaskFamily {
  const defaults = { rotation, scale: 1, stretch: 0, offset: 0, separation: separation[1], noise: noise[1], balance: 0.5, labelSwap: 0 };
  return { name, summary, separation: separation[0], noise: noise[0], defaults };
}

const GAUSSIAN_SEPARATION: [string, Distribution] = ['factor on the means', 1];
const GAUSSIAN_NOISE: [string, Distribution] = ['factor on the classes’ standard deviations', 1];

/** All families by name. */
export const TASK_FAMILIES: Readonly<Record<FamilyName, TaskFamily>> = Object.fromEntries(
  [
    family(
      'two-moons',
      'two interleaved half circles, centred and divided by 0.7',
      ['gap pushed between the moons, in units of the noise', 0],
      ['standard deviation around the arcs, before the division by 0.7', 0.1],
      WHOLE_TURN,
    ),
    family(
      'two-gaussians:anisotropic',
      'means ± m, |m| ~ U(0.5, 1.2); each class its own rotation and standard deviations U(0.6, 1.4) × U(0.1, 0.4); unit variance',
      GAUSSIAN_SEPARATION,
      GAUSSIAN_NOISE,
      0,
    ),
    family(
      'two-gaussians:generic',
      'means ± m, m ~ N(0, I); each class a 2 × 2 factor of 0.6 N(0, 1); unit variance',
      GAUSSIAN_SEPARATION,
      GAUSSIAN_NOISE,
      0,
    ),
    family(
      'two-gaussians:isotropic',
      'means ± m, |m| ~ U(1, 2); unit standard deviation; then unit variance',
      GAUSSIAN_SEPARATION,
      GAUSSIAN_NOISE,
      0,
    ),
    family(
      'two-gaussians:diagonal',
      'means ± m, |m| ~ U(1, 2); standard deviations exp(0.4 N(0, 1)) an axis; unit variance',
      GAUSSIAN_SEPARATION,
      GAUSSIAN_NOISE,
      0,
    ),
    family(
      'linear-margin',
      'half planes with a margin: |N(0, 1)| beyond it, N(0, 1) along it',
      ['width of the margin', 0.4],
      ['scale beyond the margin', 1],
      WHOLE_TURN,
    ),
    family(
      'circles',
      'a circle of radius 1 around a smaller one',
      ['difference of the radii', 0.5],
      ['standard deviation around the circles', 0.1],
      WHOLE_TURN,
    ),
    family(
      'xor-blobs',
      'four blobs at the corners of a square, the diagonal ones of one class',
      ['half the side of the square', 1],
      ['standard deviation of a blob', 0.35],
      WHOLE_TURN,
    ),
    family(
      'blobs',
      'a Gaussian blob a class, any number of dimensions and classes; centres N(0, I)',
      ['factor on the centres', 1],
      ['standard deviation of a blob', 0.5],
      0,
    ),
  ].map((f) => [f.name, f]),
) as Record<FamilyName, TaskFamily>;

export { FAMILIES, PARAMETERS };
