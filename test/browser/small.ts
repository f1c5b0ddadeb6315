// The spec of runs that take a moment.

export const small = (generations: number, every: number): object => ({
  network: { hidden: [8] },
  rule: { hidden: [8] },
  inner: { steps: 8, test: 32 },
  outer: { generations, pairs: 16 },
  evaluation: { every, trials: 16, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
});
