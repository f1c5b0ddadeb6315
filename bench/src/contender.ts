// What a bench compares.

/** Something that runs antithetic pairs of a spec; returns their losses. */
export interface Contender {
  name: string;
  /** Pairs a round: a good part of a second. */
  pairs: number;
  run(first: number, pairs: number): number[];
}

/** Scale of the perturbations. */
export const SIGMA = 0.03;
