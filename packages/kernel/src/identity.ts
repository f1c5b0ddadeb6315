// The kernel's identity: a hash of its results on fixed cases. Engines that compute the same bits are the same kernel, whatever
// they are written in; a run records it, and whoever computes other bits is refused.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Distribution, type KernelConfig, PARAMETERS, type ParameterName, thetaLength } from './config.js';
import { Kernel } from './kernel.js';
import { gaussian, perturbation } from './math.js';
import { DOMAIN, STREAM } from './random.js';
import type { InnerTrainer } from './trainer.js';

/** The identity of the kernel that this version of the sources defines. A change of it is a change of every result. */
export const KERNEL_IDENTITY = 'cc183be11cb0b20db2d01deded621c447e28bc7f8ecc6abaa10751fc58db8457';

const plain = (values: Partial<Record<ParameterName, Distribution>>): Record<ParameterName, Distribution> => ({
  ...(Object.fromEntries(PARAMETERS.map((name) => [name, 0])) as Record<ParameterName, Distribution>),
  scale: 1,
  separation: 1,
  noise: 1,
  balance: 0.5,
  ...values,
});

const standard: KernelConfig = {
  inputs: 2,
  classes: 2,
  hidden: [[32]],
  rule: { hidden: [16, 16], prior: true, lateral: true },
  steps: 20,
  labelled: [10],
  unlabelled: 10,
  test: 128,
  lossCap: 3,
  tasks: [{ family: 'two-moons', weight: 1, params: plain({ rotation: { uniform: [0, 1] }, separation: 0, noise: 0.1 }) }],
};

/** Cases that together touch every branch: depths, paddings, rule shapes, families, distributions, more classes, no prior. */
const CASES: readonly KernelConfig[] = [
  standard,
  { ...standard, hidden: [[33], [7]], rule: { hidden: [5], prior: true, lateral: true }, test: 30, unlabelled: 3 },
  {
    ...standard,
    hidden: [[16], [20], [12, 48]],
    rule: { hidden: [16, 9], prior: false, lateral: true },
    labelled: [8, 9, 12],
    tasks: [
      {
        family: 'two-moons',
        weight: 1,
        params: plain({ noise: { logUniform: [0.05, 1] }, separation: { uniform: [0, 4] }, stretch: 0.3 }),
      },
      { family: 'two-gaussians:anisotropic', weight: 1, params: plain({ labelSwap: 1 }) },
      { family: 'two-gaussians:generic', weight: 1, params: plain({ offset: 0.3, balance: { uniform: [0.3, 0.7] } }) },
      { family: 'two-gaussians:isotropic', weight: 1, params: plain({ scale: { choice: [0.5, 2] } }) },
      { family: 'two-gaussians:diagonal', weight: 1, params: plain({}) },
      { family: 'linear-margin', weight: 1, params: plain({ rotation: { uniform: [0, 1] } }) },
      { family: 'circles', weight: 1, params: plain({ separation: 0.5, noise: 0.1 }) },
      { family: 'xor-blobs', weight: 1, params: plain({ noise: 0.3 }) },
    ],
  },
  {
    ...standard,
    inputs: 5,
    classes: 4,
    hidden: [[24]],
    rule: { hidden: [8, 8], prior: true, lateral: false },
    unlabelled: 0,
    tasks: [{ family: 'blobs', weight: 1, params: plain({ noise: 0.5 }) }],
  },
];

let computed: string | undefined;

/** Computes the identity of the kernel at hand (some 20 ms, once): sha256 of losses, weights and data, hexadecimal. */
export function kernelIdentity(): string {
  computed ??= identityOf((config) => new Kernel(config));
  return computed;
}

/** The identity of any implementation of the kernel. */
export function identityOf(create: (config: KernelConfig) => InnerTrainer): string {
  const hash = sha256.create();
  const update = (values: Float32Array | Int32Array): void => {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  };
  CASES.forEach((config, c) => {
    const seed = 2 ** 40 + c;
    const address = { domain: DOMAIN.training, generation: c, pair: 0, task: 0 };
    const kernel = create(config);
    kernel.setSeed(seed);
    const theta = gaussian(seed, address, STREAM.theta, new Float32Array(thetaLength(config.rule.hidden))).map((x) => 0.3 * x);
    kernel.setTheta(theta);
    update(perturbation(seed, c, 0, new Float32Array(theta.length)));
    // The second scale drives signals to infinity: what overflows and what is clipped is part of the definition.
    update(kernel.pairLosses(c, 0, 4, 2, 0.03));
    update(kernel.pairLosses(c, 4, 2, 1, 1e25));
    for (let pair = 0; pair < 4; pair++) {
      kernel.prepare({ ...address, domain: DOMAIN.figure, pair });
      const { labelled, unlabelled, test } = kernel.data();
      for (const set of [labelled, unlabelled, test]) {
        update(set.points);
        update(set.labels);
      }
      kernel.begin();
      for (let t = 0; t < config.steps; t++) kernel.step(t);
      for (const layer of kernel.weights()) for (const matrix of Object.values(layer)) update(matrix as Float32Array);
      update(kernel.predict(test.points));
    }
  });
  return bytesToHex(hash.digest());
}
