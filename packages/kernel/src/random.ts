// The address space of randomness: docs/determinism.md. A draw = (seed, domain, generation, pair, task, stream kind, element).

/** Which of the disjoint sets of draws: training, held-out evaluation during training, baseline tuning, final report, figures. */
export const DOMAIN = { training: 0, heldOut: 1, validation: 2, report: 3, figure: 4 } as const;
export type Domain = (typeof DOMAIN)[keyof typeof DOMAIN];

/** Kinds of streams; a layer's number is added to the weights'. The same numbers stand in assembly/streams.ts. */
export const STREAM = {
  perturbation: 0,
  task: 1,
  taskNormal: 2,
  labelled: 4,
  unlabelled: 6,
  test: 8,
  forwardWeights: 16,
  feedbackWeights: 24,
  lateralWeights: 32,
  theta: 40,
  /** The host's: points in place of unlabelled ones. */
  substitute: 41,
} as const;

/** A seed, up to 2⁵³, as the two words that kernels take. */
export const seedWords = (seed: number): [low: number, high: number] => [seed >>> 0, Math.floor(seed / 2 ** 32)];

/** Where a task (or a perturbation) is. `pair` is the trial's number outside of training. */
export interface Address {
  domain: Domain;
  generation: number;
  pair: number;
  task: number;
}
