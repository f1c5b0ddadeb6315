import { mergePatch } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { patchBetween } from './patch.js';

describe('patchBetween', () => {
  it('has what changes and nothing else', () => {
    const before = { seed: 1, outer: { pairs: 8, optimiser: { kind: 'adam', beta1: 0.9 } }, tasks: [{ family: 'a' }] };
    const after = { seed: 1, outer: { pairs: 9, optimiser: { kind: 'sgd' } }, tasks: [{ family: 'b' }] };
    const patch = patchBetween(before, after);
    expect(patch).toEqual({ outer: { pairs: 9, optimiser: { kind: 'sgd', beta1: null } }, tasks: [{ family: 'b' }] });
    expect(mergePatch(before, patch)).toEqual(after);
    expect(patchBetween(before, structuredClone(before))).toBeUndefined();
  });
});
