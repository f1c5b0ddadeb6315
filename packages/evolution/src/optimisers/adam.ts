// Adam (Kingma & Ba 2015), algorithm 1, with bias correction. β^t is a running product: no pow on the path to θ.

import type { Optimiser } from './optimiser.js';

/** Moments: first, second. Powers: β1^t, β2^t. */
export const adam: Optimiser = {
  moments: 2,
  powers: 2,

  direction({ beta1, beta2, epsilon }, { moments, powers }, gradient) {
    const [first, second] = [moments[0]!.slice(), moments[1]!.slice()];
    const [power1, power2] = [powers[0]! * beta1, powers[1]! * beta2];
    const direction = new Float64Array(gradient.length);
    for (let i = 0; i < gradient.length; i++) {
      const g = gradient[i]!;
      const m = beta1 * first[i]! + (1 - beta1) * g;
      const v = beta2 * second[i]! + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      direction[i] = m / (1 - power1) / (Math.sqrt(v / (1 - power2)) + epsilon);
    }
    return { direction, memory: { moments: [first, second], powers: [power1, power2] } };
  },
};
