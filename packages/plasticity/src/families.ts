// What the parameters of the task families are when they are left out; docs/tasks.md says what they mean. Tasks are drawn inside
// the kernel (packages/kernel/assembly/families.ts); the float64 reference has a copy of its own (reference/families.ts).

import type { Distribution, FamilyName, ParameterName } from '@metaplast/kernel';

type Defaults = Record<ParameterName, Distribution>;

const WHOLE_TURN = { uniform: [0, 1] } as const;

const defaults = (rotation: Distribution, separation: number, noise: number): Defaults => ({
  rotation,
  scale: 1,
  stretch: 0,
  offset: 0,
  separation,
  noise,
  balance: 0.5,
  labelSwap: 0,
});

/** Of all families. */
export const FAMILY_DEFAULTS: Readonly<Record<FamilyName, Defaults>> = {
  'two-moons': defaults(WHOLE_TURN, 0, 0.1),
  'two-gaussians:anisotropic': defaults(0, 1, 1),
  'two-gaussians:generic': defaults(0, 1, 1),
  'two-gaussians:isotropic': defaults(0, 1, 1),
  'two-gaussians:diagonal': defaults(0, 1, 1),
  'linear-margin': defaults(WHOLE_TURN, 0.4, 1),
  circles: defaults(WHOLE_TURN, 0.5, 0.1),
  'xor-blobs': defaults(WHOLE_TURN, 1, 0.35),
  blobs: defaults(0, 1, 0.5),
};
