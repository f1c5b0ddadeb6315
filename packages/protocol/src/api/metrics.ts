// Curves of a run as resources of the HTTP API.

import Type, { type Static } from 'typebox';
import { nullable, object } from './common.js';
import { HeldOutScore } from './runs.js';

export const MetricsQuery = object(
  {
    since: Type.Integer({ minimum: 0, maximum: 1e6, default: 0, description: 'first generation' }),
    points: Type.Integer({ minimum: 2, maximum: 10_000, default: 1000, description: 'at most so many points' }),
  },
  'Which part of the curves',
);

/** A generation's numbers; losses are cross-entropies in nats. Later versions may know more. */
export const MetricsPoint = Type.Object(
  {
    generation: Type.Integer({ description: 'the one evaluated, from 0' }),
    sigma: Type.Number({ description: 'standard deviation of the perturbations' }),
    learningRate: Type.Number(),
    meanLoss: Type.Number({ description: 'over the 2 · pairs perturbed θs, as the next four' }),
    meanLossSe: Type.Number({ description: 'standard error of the mean, with pairs as the independent draws: an upper bound' }),
    lossDeviation: Type.Number({ description: 'standard deviation' }),
    bestLoss: Type.Number(),
    worstLoss: Type.Number(),
    nonFiniteLosses: Type.Integer({ description: 'trainings that diverged to NaN or infinity' }),
    cappedLosses: Type.Integer({ description: 'trainings whose loss is at the cap' }),
    gradientNorm: Type.Number({ description: 'of the estimate, in units of the shaping' }),
    signalToNoise: Type.Number({ description: 'of the gradient estimate: its norm over what pure noise would give' }),
    updateNorm: Type.Number({ description: '|θ after − θ before|' }),
    thetaNorm: Type.Number({ description: '|θ after|' }),
    trainingsPerSecond: Type.Number({ description: 'inner trainings a second in this generation' }),
    utilisation: Type.Number({ description: 'busy time of the engines over wall time × their number' }),
  },
  { additionalProperties: true, description: 'A generation' },
);
export type MetricsPoint = Static<typeof MetricsPoint>;

/** The tuned baselines on the held-out tasks: horizontal lines in the plot. */
export const BaselineScore = object(
  {
    kind: Type.String(),
    accuracy: Type.Number(),
    se: Type.Number(),
    crossEntropy: Type.Number(),
    trainCrossEntropy: Type.Number(),
    settings: Type.Record(Type.String(), Type.Number(), { description: 'what was chosen on validation tasks, such as learningRate' }),
  },
  'A baseline',
);
export type BaselineScore = Static<typeof BaselineScore>;

export const Metrics = object(
  {
    stride: Type.Integer({ description: '`points` has every stride-th generation, and the last one' }),
    points: Type.Array(MetricsPoint),
    heldOut: Type.Array(HeldOutScore, { description: 'no more than `points` of them, evenly, and the last' }),
    baselines: nullable(Type.Array(BaselineScore, { description: 'on the held-out tasks; null until they are measured' })),
  },
  'Curves of a run',
);
export type Metrics = Static<typeof Metrics>;
