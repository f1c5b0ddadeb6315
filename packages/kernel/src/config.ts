// The kernel's configuration as the host sees it, and its encoding into the words that assembly/config.ts reads.

/** Task families in the order of their numbers in the kernel. */
export const FAMILIES = [
  'two-moons',
  'two-gaussians:anisotropic',
  'two-gaussians:generic',
  'two-gaussians:isotropic',
  'two-gaussians:diagonal',
  'linear-margin',
  'circles',
  'xor-blobs',
  'blobs',
] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** Parameters that every family has, in the order of their numbers in the kernel; their meaning is the family's. */
export const PARAMETERS = ['rotation', 'scale', 'stretch', 'offset', 'separation', 'noise', 'balance', 'labelSwap'] as const;
export type ParameterName = (typeof PARAMETERS)[number];

/** A number that is fixed, or drawn once for each task. */
export type Distribution =
  | number
  | { uniform: readonly [low: number, high: number] }
  | { logUniform: readonly [low: number, high: number] }
  | { choice: readonly number[] };

/** One component of the mixture that tasks are drawn from. */
export interface TaskComponent {
  family: FamilyName;
  /** Share of tasks, relative to the other components' weights. */
  weight: number;
  params: Record<ParameterName, Distribution>;
}

/** All that an inner training depends on but θ, seed and address. A list of numbers is a choice made once for each task. */
export interface KernelConfig {
  /** Input dimension, at least 2. */
  inputs: number;
  classes: number;
  /** Widths of the 1 to 3 hidden layers of the base network. */
  hidden: readonly (readonly number[])[];
  /** Widths of the rule's 1 or 2 hidden layers, its fixed local prior, and whether the lateral weights exist. */
  rule: { hidden: readonly number[]; prior: boolean; lateral: boolean };
  steps: number;
  /** Labelled points, the same in every inner step. */
  labelled: readonly number[];
  /** Fresh unlabelled points an inner step. */
  unlabelled: number;
  /** Held-out labelled points that the meta-loss is measured on. */
  test: number;
  /** Upper bound of the meta-loss, nats. */
  lossCap: number;
  tasks: readonly TaskComponent[];
}

/** Number of rule parameters: θ's length. The MLP has 4 inputs and 7 outputs; 3 log rates and 3 decay logits follow. */
export function thetaLength(hidden: readonly number[]): number {
  const widths = [4, ...hidden, 7];
  let total = 6;
  for (let i = 1; i < widths.length; i++) total += (widths[i - 1]! + 1) * widths[i]!;
  return total;
}

/** Throws RangeError unless θ is one of the configuration's rule. */
export function requireTheta(theta: Float32Array, { rule }: KernelConfig): void {
  const length = thetaLength(rule.hidden);
  if (theta.length !== length) throw new RangeError(`θ has ${theta.length} numbers, this rule ${length}`);
}

const CHOICE_WORDS = 9;
const DISTRIBUTION_WORDS = 10;
const HEADER_WORDS = 12 + 4 * CHOICE_WORDS;
const COMPONENT_WORDS = 2 + PARAMETERS.length * DISTRIBUTION_WORDS;

/** Writes the configuration into the kernel's words at byte `pointer` of `memory`. */
export function writeConfig(config: KernelConfig, memory: ArrayBuffer, pointer: number): void {
  const length = HEADER_WORDS + config.tasks.length * COMPONENT_WORDS;
  const ints = new Int32Array(memory, pointer, length);
  const floats = new Float32Array(memory, pointer, length);
  const { rule } = config;
  ints.set([config.inputs, config.classes, config.hidden.length, rule.hidden.length, rule.hidden[0]!, rule.hidden[1] ?? 0]);
  ints.set([(rule.prior ? 1 : 0) | (rule.lateral ? 2 : 0), config.steps, config.unlabelled, config.test], 6);
  floats[10] = config.lossCap;
  ints[11] = config.tasks.length;
  [config.labelled, ...config.hidden].forEach((choice, i) => {
    ints.set([choice.length, ...choice], 12 + i * CHOICE_WORDS);
  });
  const ends = shareEnds(config.tasks.map((task) => task.weight));
  config.tasks.forEach((task, c) => {
    const base = HEADER_WORDS + c * COMPONENT_WORDS;
    ints[base] = FAMILIES.indexOf(task.family);
    floats[base + 1] = ends[c]!;
    PARAMETERS.forEach((name, p) => {
      const [kind, values] = encode(task.params[name]);
      const at = base + 2 + p * DISTRIBUTION_WORDS;
      ints.set([kind, values.length], at);
      floats.set(values, at + 2);
    });
  });
}

/** Where the share of each weight ends in (0, 1]: a task is of the first component whose end its uniform draw does not exceed. */
export function shareEnds(weights: readonly number[]): Float32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let cumulative = 0;
  return Float32Array.from(weights, (weight) => {
    cumulative += weight / total;
    return cumulative;
  });
}

function encode(d: Distribution): [kind: number, values: readonly number[]] {
  if (typeof d === 'number') return [0, [d]];
  if ('uniform' in d) return [1, d.uniform];
  if ('logUniform' in d) return [2, d.logUniform];
  return [3, d.choice];
}
