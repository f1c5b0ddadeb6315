// The native kernel against the WebAssembly one, byte for byte, in every width that this processor has.
// Where the addon cannot be built (no C++ compiler), the fallback is checked instead, and the output says so.

import {
  type DataSet,
  DOMAIN,
  FAMILIES,
  type FamilyName,
  gaussian,
  type InnerTrainer,
  identityOf,
  KERNEL_IDENTITY,
  Kernel,
  type KernelConfig,
  STREAM,
  type TaskComponent,
  thetaLength,
} from '@metaplast/kernel';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Addon, loadAddon } from './addon.js';
import { loadNative, prove } from './load.js';
import { NativeKernel } from './native-kernel.js';

const { buildNative } = (await import(new URL('../../../scripts/build-native.mjs', import.meta.url).href)) as {
  buildNative(): Promise<string>;
};
const problem = await buildNative().then(
  () => undefined,
  (error: Error) => error.message,
);
if (problem !== undefined) console.warn(`The native addon could not be built (${problem}): only the fallback is tested.`);

const PARAMS = {
  rotation: { uniform: [0, 1] },
  scale: 1.1,
  stretch: 0.2,
  offset: 0.1,
  separation: 0.9,
  noise: 0.2,
  balance: 0.4,
  labelSwap: 0.5,
};
const task = (family: FamilyName): TaskComponent => ({ family, weight: 1, params: PARAMS as unknown as TaskComponent['params'] });

const standard: KernelConfig = {
  inputs: 2,
  classes: 2,
  hidden: [[32]],
  rule: { hidden: [16, 16], prior: true, lateral: true },
  steps: 6,
  labelled: [10],
  unlabelled: 10,
  test: 40,
  lossCap: 3,
  tasks: [task('two-moons')],
};
const rule = (hidden: number[], more: Partial<KernelConfig['rule']> = {}) => ({ ...standard.rule, hidden, ...more });

const SHAPES: Record<string, Partial<KernelConfig>> = {
  'hidden 1': { hidden: [[1]] },
  'hidden 5, 7 labelled': { hidden: [[5]], labelled: [7], unlabelled: 4 },
  'hidden 32': {},
  'hidden 33-7': { hidden: [[33], [7]] },
  'hidden 16-32-48': { hidden: [[16], [32], [48]] },
  'hidden 512': { hidden: [[512]], steps: 2 },
  'widths and labels drawn': { hidden: [[8, 16, 40]], labelled: [4, 9, 12] },
  'rule 4': { rule: rule([4]) },
  'rule 64-5': { rule: rule([64, 5]) },
  'rule 1-1, no prior': { rule: rule([1, 1], { prior: false }) },
  'no lateral weights': { rule: rule([16, 16], { lateral: false }) },
  'no unlabelled points': { unlabelled: 0 },
  'one labelled point, one test point': { labelled: [1], unlabelled: 1, test: 1 },
  '5 dimensions, 4 classes': { inputs: 5, classes: 4, tasks: [task('blobs')] },
  'all families of two dimensions': { tasks: FAMILIES.filter((f) => f !== 'blobs').map(task) },
};

function ruleTheta(config: KernelConfig): Float32Array {
  const address = { domain: DOMAIN.training, generation: 0, pair: 0, task: 0 };
  return gaussian(3, address, STREAM.theta, new Float32Array(thetaLength(config.rule.hidden))).map((x) => 0.3 * x);
}

/** θ that overflow, vanish or are no numbers, everywhere or in one place. */
const HOSTILE: Record<string, (x: number, i: number) => number> = {
  huge: (x) => 1e25 * x,
  'not a number': (x, i) => (i % 50 === 7 ? Number.NaN : x),
  infinite: (x, i) => (i % 40 === 3 ? (x < 0 ? -Infinity : Infinity) : x),
  denormal: (x) => 1e-40 * x,
  'minus zero': () => -0,
  'all not numbers': () => Number.NaN,
};

const bytes = (values: Float32Array | Int32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Everything that a kernel gives: losses (also at hostile sigma), trials, data, a training step by step, predictions. */
function outcome(kernel: InnerTrainer, theta: Float32Array): Record<string, unknown> {
  kernel.setSeed(2 ** 45 + 12345);
  kernel.setTheta(theta);
  const losses = [0.03, 1e25].map((sigma) => bytes(kernel.pairLosses(7, 2 ** 32 - 3, 2, 2, sigma)));
  const trials = kernel.trials(DOMAIN.report, 1, 5, 2);
  kernel.prepare({ domain: DOMAIN.figure, generation: 3, pair: 9, task: 1 });
  kernel.begin();
  for (let t = 0; t < kernel.config.steps; t++) kernel.step(t);
  const { labelled, unlabelled, test } = kernel.data();
  const measured = kernel.measure();
  const weights = kernel.weights();
  // Other data of the same sizes: everything upside down.
  const turned = ({ points, labels }: DataSet): DataSet => ({ points: points.map((x) => -x), labels });
  kernel.setData({ labelled: turned(labelled), unlabelled: turned(unlabelled), test: turned(test) });
  kernel.begin();
  kernel.step(0);
  return {
    losses,
    trials,
    widths: kernel.widths(),
    measured,
    turned: [kernel.measure(), bytes(kernel.data().unlabelled.points)],
    data: [labelled, unlabelled, test].map((set) => [bytes(set.points), bytes(set.labels)]),
    weights: weights.map((layer) => Object.values(layer).map((matrix) => bytes(matrix as Float32Array))),
    predictions: bytes(kernel.predict(Float32Array.from({ length: 130 * kernel.config.inputs }, (_, i) => Math.sqrt(i) - 8))),
  };
}

describe.runIf(problem === undefined)('native kernel', () => {
  let addon: Addon;
  beforeAll(() => {
    addon = loadAddon();
  });
  const widths = problem === undefined ? loadAddon().lanes() : [];

  it('has proved itself, in the widest vectors of this processor', () => {
    const native = loadNative();
    if (!('create' in native)) throw new Error(native.reason);
    expect(native.lanes).toBe(Math.max(...widths));
    expect(native.create(standard)).toBeInstanceOf(NativeKernel);
  });

  it('is refused when one bit of it differs, or when it cannot run', () => {
    const off: Addon = {
      ...addon,
      evaluatePairs: (...call) => {
        addon.evaluatePairs(...call);
        const last = new Int32Array(call[6].buffer);
        last[last.length - 1]! ^= 1;
      },
    };
    expect(prove(() => off)).toEqual({ reason: expect.stringMatching(/^it computes other bits \(\d+ lanes, identity /), differs: true });
    expect(prove(() => ({ ...addon, lanes: () => [] }))).toEqual({ reason: 'this processor has none of its vectors', differs: false });
    const broken = (): Addon => {
      throw new Error('wrong ELF class');
    };
    expect(prove(broken)).toEqual({ reason: 'cannot be loaded: wrong ELF class', differs: false });
  });

  describe.each(widths)('%i lanes', (lanes) => {
    it('has the kernel’s identity', () => {
      expect(identityOf((config) => new NativeKernel(addon, lanes, config))).toBe(KERNEL_IDENTITY);
    });

    it.each(Object.entries(SHAPES))('%s: the bytes of the WebAssembly kernel', (_, shape) => {
      const config = { ...standard, ...shape };
      const theta = ruleTheta(config);
      expect(outcome(new NativeKernel(addon, lanes, config), theta)).toEqual(outcome(new Kernel(config), theta));
    });

    it.each(FAMILIES)('%s: the bytes of the WebAssembly kernel', (family) => {
      const config = { ...standard, tasks: [task(family)] };
      const theta = ruleTheta(config);
      expect(outcome(new NativeKernel(addon, lanes, config), theta)).toEqual(outcome(new Kernel(config), theta));
    });

    it.each(Object.entries(HOSTILE))('θ %s: the bytes of the WebAssembly kernel', (_, hostile) => {
      const theta = ruleTheta(standard).map(hostile);
      expect(outcome(new NativeKernel(addon, lanes, standard), theta)).toEqual(outcome(new Kernel(standard), theta));
    });
  });

  it('one kernel after another on different tasks: nothing is left over', () => {
    const config = { ...standard, hidden: [[4, 60]], labelled: [3, 12] };
    const kernel = new NativeKernel(addon, widths[0]!, config);
    kernel.setTheta(ruleTheta(config));
    kernel.setSeed(1);
    const all = kernel.pairLosses(0, 0, 12, 1, 0.1);
    for (const p of [11, 0, 5]) expect(kernel.pairLosses(0, p, 1, 1, 0.1)).toEqual(all.slice(2 * p, 2 * p + 2));
  });

  it('refuses θ of another rule, and widths that the processor lacks', () => {
    const kernel = new NativeKernel(addon, 4, standard);
    expect(() => kernel.setTheta(new Float32Array(3))).toThrow(new RangeError('θ has 3 numbers, this rule 477'));
    expect(() => new NativeKernel(addon, 32 as 16, standard)).toThrow(new RangeError('this processor has no vectors of 32 lanes'));
  });
});

describe.runIf(problem !== undefined)('without the native kernel', () => {
  it('says why there is none', () => {
    const native = loadNative();
    expect(native).toEqual({ reason: expect.stringMatching(/^(not built|cannot be loaded)/), differs: false });
  });
});
