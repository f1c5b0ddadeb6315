// Gradient descent with heavy-ball momentum (Polyak 1964) in the form v ← momentum · v + g (Sutskever et al. 2013 scale g by
// the learning rate inside v instead; with a schedule the two differ).

import type { Optimiser } from './optimiser.js';

/** Moments: velocity. */
export const sgd: Optimiser = {
  moments: 1,
  powers: 0,

  direction({ momentum }, { moments }, gradient) {
    const velocity = moments[0]!.map((v, i) => momentum * v + gradient[i]!);
    return { direction: velocity, memory: { moments: [velocity], powers: [] } };
  },
};
