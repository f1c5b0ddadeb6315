import { loadNative } from '@metaplast/native';
import { initialTheta } from '@metaplast/plasticity';
import { resolveSpec } from '@metaplast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseEngine, environmentChoice } from './choose.js';

const native = loadNative();
const available = 'create' in native;
const before = process.env.METAPLAST_ENGINE;
afterEach(() => {
  if (before === undefined) delete process.env.METAPLAST_ENGINE;
  else process.env.METAPLAST_ENGINE = before;
});

describe('chooseEngine', () => {
  it('takes WebAssembly when told to', () => {
    const { name, why, create } = chooseEngine('wasm');
    expect([name, why, create().name]).toEqual(['wasm', 'WebAssembly, as chosen', 'wasm']);
  });

  it('takes the native kernel where there is one, and says why not where there is none', () => {
    const { name, why, create } = chooseEngine('auto');
    expect(create().name).toBe(name);
    if (available) expect([name, why]).toEqual(['native', `native code, ${native.lanes} lanes, self-test passed`]);
    else expect([name, why]).toEqual(['wasm', `WebAssembly; the native kernel is out: ${native.reason}`]);
  });

  it('refuses to take another than the native kernel that was asked for', () => {
    if (available) expect(chooseEngine('native').name).toBe('native');
    else expect(() => chooseEngine('native')).toThrow(`the native kernel cannot be used: ${native.reason}`);
  });

  it('warns of a native kernel that computes other bits, and of nothing else', () => {
    const without = (differs: boolean) => () => ({ reason: 'it computes other bits', differs });
    expect(chooseEngine('auto', without(true))).toMatchObject({
      name: 'wasm',
      warning: 'The native kernel is not used: it computes other bits. Please report this.',
    });
    expect(chooseEngine('auto', without(false))).not.toHaveProperty('warning');
    expect(() => chooseEngine('native', without(true))).toThrow('the native kernel cannot be used: it computes other bits');
  });

  it('gives the same values whatever the choice', () => {
    const spec = resolveSpec({ seed: 5, inner: { steps: 5, test: 16 } });
    const work = { kind: 'generation', spec, generation: 2, sigma: 0.05, theta: initialTheta(spec) } as const;
    const [a, b] = (['wasm', 'auto'] as const).map((choice) => chooseEngine(choice).create().evaluate({ work, first: 3, count: 4 }));
    expect(a).toEqual(b);
  });
});

describe('environmentChoice', () => {
  it('is what METAPLAST_ENGINE says, else auto', () => {
    for (const [value, choice] of [
      ['wasm', 'wasm'],
      ['native', 'native'],
      ['auto', 'auto'],
      ['', 'auto'],
    ] as const) {
      process.env.METAPLAST_ENGINE = value;
      expect(environmentChoice()).toBe(choice);
    }
    delete process.env.METAPLAST_ENGINE;
    expect(environmentChoice()).toBe('auto');
    process.env.METAPLAST_ENGINE = 'gpu';
    expect(() => environmentChoice()).toThrow(new RangeError('METAPLAST_ENGINE must be one of auto, wasm, native, was gpu'));
  });
});
