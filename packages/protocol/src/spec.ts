// RunSpec: the JSON document that says all about a meta-training run but its name. Data, never code.
//
// Every field has a default, so `{}` is the standard two-moons run; `resolveSpec` fills them in. Bounds stand here; what
// concerns several fields at once (total cost, shapes that must agree) is checked in validate.ts.

import Type, { type Static, type TObject, type TSchema } from 'typebox';

const object = <P extends Record<string, TSchema>>(properties: P, description: string) =>
  Type.Object(properties, { additionalProperties: false, description });

const integer = (minimum: number, maximum: number, defaultValue: number, description: string) =>
  Type.Integer({ minimum, maximum, default: defaultValue, description });

const number = (minimum: number, maximum: number, defaultValue: number, description: string) =>
  Type.Number({ minimum, maximum, default: defaultValue, description });

/** A number that is fixed or drawn once a task, within bounds. */
const distribution = (minimum: number, maximum: number, description: string) => {
  const bounded = Type.Number({ minimum, maximum });
  const positive = Type.Number({ minimum: Math.max(minimum, 1e-6), maximum });
  return Type.Optional(
    Type.Union(
      [
        bounded,
        object({ uniform: Type.Tuple([bounded, bounded]) }, 'uniform between two bounds'),
        object({ logUniform: Type.Tuple([positive, positive]) }, 'log-uniform between two positive bounds'),
        object({ choice: Type.Array(bounded, { minItems: 1, maxItems: 8 }) }, 'one of up to 8 values, equally likely'),
      ],
      { description },
    ),
  );
};

/** An integer that is fixed or chosen once a task. */
const integerChoice = (minimum: number, maximum: number, description: string) =>
  Type.Union(
    [
      Type.Integer({ minimum, maximum }),
      object(
        { choice: Type.Array(Type.Integer({ minimum, maximum }), { minItems: 1, maxItems: 8 }) },
        'one of up to 8 values, equally likely',
      ),
    ],
    { description },
  );

export const FamilyName = Type.Union(
  [
    Type.Literal('two-moons'),
    Type.Literal('two-gaussians:anisotropic'),
    Type.Literal('two-gaussians:generic'),
    Type.Literal('two-gaussians:isotropic'),
    Type.Literal('two-gaussians:diagonal'),
    Type.Literal('linear-margin'),
    Type.Literal('circles'),
    Type.Literal('xor-blobs'),
    Type.Literal('blobs'),
  ],
  { description: 'Task family' },
);

export const FamilyParams = object(
  {
    rotation: distribution(0, 1, 'rotation of the first two axes, in turns'),
    scale: distribution(0.01, 100, 'factor on all coordinates'),
    stretch: distribution(0, 3, 'log standard deviation of a random factor an axis'),
    offset: distribution(0, 100, 'standard deviation of a random shift an axis'),
    separation: distribution(0, 100, 'distance between the classes; the unit is the family’s'),
    noise: distribution(0, 100, 'noise; the unit is the family’s'),
    balance: distribution(0.01, 0.99, 'share of class 0'),
    labelSwap: distribution(0, 1, 'probability that the labels are given in reverse order'),
  },
  'Parameters of the family, each fixed or drawn once a task; those left out have the family’s own default',
);

export const TaskSpec = object(
  {
    family: FamilyName,
    weight: Type.Optional(number(1e-6, 1e6, 1, 'share of tasks, relative to the other entries')),
    params: Type.Optional(FamilyParams),
    dimensions: Type.Optional(integer(2, 64, 2, 'input dimension (family blobs only)')),
    classes: Type.Optional(integer(2, 16, 2, 'number of classes (family blobs only)')),
  },
  'One component of the mixture that tasks are drawn from',
);
export type TaskSpec = Static<typeof TaskSpec>;

export const NetworkSpec = object(
  {
    hidden: Type.Array(integerChoice(1, 512, 'width of a hidden layer'), {
      minItems: 1,
      maxItems: 3,
      default: [32],
      description: 'widths of the 1 to 3 hidden layers',
    }),
  },
  'The base network: fully connected, tanh hidden layers, linear logits',
);

const logit = Type.Number({ minimum: -20, maximum: 5 });

export const RuleSpec = object(
  {
    hidden: Type.Array(Type.Integer({ minimum: 4, maximum: 64 }), {
      minItems: 1,
      maxItems: 2,
      default: [16, 16],
      description: 'widths of the 1 or 2 hidden layers of the rule’s MLP',
    }),
    prior: Type.Union([Type.Literal('feedback-alignment'), Type.Literal('none')], {
      default: 'feedback-alignment',
      description: 'fixed local terms added to the rule’s outputs',
    }),
    lateral: Type.Boolean({ default: true, description: 'whether lateral weights exist' }),
    initialOutputScale: number(0, 10, 0.1, 'standard deviation of the output layer’s start, times the square root of its inputs'),
    initialLogRate: number(-20, 5, 0, 'start of the three log rates'),
    initialDecayLogit: Type.Union([logit, Type.Tuple([logit, logit, logit])], {
      default: [-3, 0, 0],
      description: 'start of the decay logits of W, V and M: three numbers, or one for all of them',
    }),
  },
  'The plasticity rule and where meta-training starts',
);

export const InnerSpec = object(
  {
    steps: integer(1, 2000, 50, 'inner steps'),
    labelled: Type.Union(integerChoice(2, 1024, '').anyOf, { default: 10, description: 'labelled points, the same in every step' }),
    unlabelled: integer(0, 1024, 10, 'fresh unlabelled points a step'),
    test: integer(2, 4096, 128, 'held-out labelled points that the meta-loss is measured on'),
  },
  'Inner training',
);

export const Objective = object(
  {
    loss: Type.Literal('cross-entropy', { default: 'cross-entropy', description: 'on the test points after the last inner step, nats' }),
    cap: number(0.1, 100, 3, 'upper bound of the meta-loss, nats'),
    fairness: Type.Optional(
      integer(0, 8, 0, 'q: components of a task mixture count by their mean loss to the power of q (q-FFL, Li et al. 2020)'),
    ),
  },
  'The meta-loss',
);

export const Sigma = object(
  {
    initial: number(1e-6, 10, 0.04, 'standard deviation of the perturbations in the first generation'),
    final: number(1e-6, 10, 0.04, 'standard deviation in the last generation (a cosine in between)'),
  },
  'Perturbation scale σ',
);

export const Shaping = object(
  {
    kind: Type.Union([Type.Literal('rms'), Type.Literal('centred-rank'), Type.Literal('none')], {
      default: 'rms',
      description: 'rms: differences over their root mean square; centred-rank: ranks of all losses in [-½, ½]; none: differences over 2σ',
    }),
    clip: number(0.01, 1e9, 1, 'bound of a shaped difference, in units of the shaping; a large one does nothing'),
  },
  'Fitness shaping',
);

export const Optimiser = object(
  {
    kind: Type.Union([Type.Literal('adam'), Type.Literal('sgd')], { default: 'adam', description: 'outer optimiser' }),
    beta1: number(0, 0.9999, 0.9, 'adam: decay of the first moment'),
    beta2: number(0, 0.99999, 0.99, 'adam: decay of the second moment'),
    epsilon: number(1e-16, 1, 1e-8, 'adam: added to the root of the second moment'),
    momentum: number(0, 0.9999, 0.9, 'sgd: momentum'),
    weightDecay: number(0, 1, 0, 'decoupled weight decay: θ is multiplied by 1 - learning rate · weight decay'),
  },
  'Outer optimiser',
);

export const LearningRate = object(
  {
    peak: number(1e-8, 100, 0.06, 'highest learning rate'),
    warmup: integer(0, 1e6, 10, 'generations of linear warm-up'),
    decay: Type.Union([Type.Literal('cosine'), Type.Literal('constant')], { default: 'cosine', description: 'what follows the warm-up' }),
  },
  'Learning-rate schedule',
);

export const OuterSpec = object(
  {
    generations: integer(1, 1e6, 480, 'generations'),
    pairs: integer(1, 65536, 256, 'antithetic pairs a generation'),
    tasksPerPair: integer(1, 64, 1, 'tasks that a pair’s losses are averaged over'),
    sigma: Sigma,
    shaping: Shaping,
    optimiser: Optimiser,
    learningRate: LearningRate,
  },
  'The outer loop: antithetic evolution strategies',
);

export const EvaluationSpec = object(
  {
    every: integer(1, 1e6, 20, 'generations between held-out evaluations'),
    trials: integer(8, 100_000, 256, 'fresh tasks a held-out evaluation'),
    reportTrials: integer(8, 100_000, 1000, 'fresh tasks a family in the report'),
    validationTrials: integer(8, 100_000, 400, 'tasks a family that the baselines’ learning rates are chosen on'),
    families: Type.Array(TaskSpec, {
      minItems: 1,
      maxItems: 16,
      default: [
        { family: 'two-moons' },
        { family: 'two-gaussians:anisotropic' },
        { family: 'two-gaussians:generic' },
        { family: 'two-gaussians:isotropic' },
        { family: 'two-gaussians:diagonal' },
      ],
      description: 'what the report covers; the first is also the held-out evaluation’s',
    }),
  },
  'Evaluation on tasks that meta-training never sees',
);

/** Some of an object's fields, or none of it. */
const part = <T extends TObject>(schema: T, description: string) =>
  Type.Optional(Type.Partial(schema, { additionalProperties: false, description }));

const StageSchedules = object(
  {
    sigma: part(Sigma, 'σ over the stage'),
    learningRate: part(LearningRate, 'learning rate over the stage'),
  },
  'schedules that begin and end with the stage; the run’s own go over all other generations',
);

export const StageSpec = object(
  {
    generations: integer(1, 1e6, 100, 'generations of the stage'),
    network: Type.Optional(NetworkSpec),
    inner: part(InnerSpec, 'inner training'),
    objective: part(Objective, 'the meta-loss'),
    tasks: Type.Optional(Type.Array(TaskSpec, { minItems: 1, maxItems: 16, description: 'what is meta-trained on' })),
    outer: Type.Optional(StageSchedules),
  },
  'A stretch of generations with another inner problem or schedules of its own; what it leaves out is the run’s',
);
export type StageSpec = Static<typeof StageSpec>;

export const RunSpec = object(
  {
    version: Type.Literal(1, { default: 1, description: 'version of this document’s format' }),
    seed: integer(0, Number.MAX_SAFE_INTEGER, 1, 'run seed'),
    engine: Type.Union([Type.Literal('wasm'), Type.Literal('tfjs')], {
      default: 'wasm',
      description:
        'what computes the inner trainings. wasm: the kernel, in WebAssembly or in native code, the same bits; tfjs: TensorFlow.js, other bits on other machines',
    }),
    network: NetworkSpec,
    rule: RuleSpec,
    inner: InnerSpec,
    objective: Objective,
    tasks: Type.Array(TaskSpec, { minItems: 1, maxItems: 16, default: [{ family: 'two-moons' }], description: 'what is meta-trained on' }),
    outer: OuterSpec,
    stages: Type.Optional(
      Type.Array(StageSpec, {
        maxItems: 16,
        description: 'what the first generations are trained on, one stage after the other; the rest of them have the run’s own fields',
      }),
    ),
    evaluation: EvaluationSpec,
  },
  'A meta-training run',
);

/** What computes the inner trainings. */
export type EngineName = RunSpec['engine'];

/** Whether spec and kernel fix every bit of θ. */
export const isBitIdentical = ({ engine }: Pick<RunSpec, 'engine'>): boolean => engine === 'wasm';

/** A resolved spec: every field but the families' parameters and the stages is there. */
export type RunSpec = Static<typeof RunSpec>;

/** What a user writes: every field may be left out. */
export type PartialRunSpec = DeepPartial<RunSpec>;
type DeepPartial<T> = T extends readonly (infer U)[] ? DeepPartial<U>[] : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;
