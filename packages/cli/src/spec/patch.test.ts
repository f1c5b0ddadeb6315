import { describe, expect, it } from 'vitest';
import { mergePatch } from './patch.js';

/** RFC 7396, section 2, as it stands there. */
function apply(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete (result as Record<string, unknown>)[name];
    else (result as Record<string, unknown>)[name] = apply((result as Record<string, unknown>)[name], value);
  }
  return result;
}

describe('mergePatch', () => {
  it('has what changes and nothing else', () => {
    const before = { seed: 1, outer: { pairs: 8, optimiser: { kind: 'adam', beta1: 0.9 } }, tasks: [{ family: 'a' }] };
    const after = { seed: 1, outer: { pairs: 9, optimiser: { kind: 'sgd' } }, tasks: [{ family: 'b' }] };
    const patch = mergePatch(before, after);
    expect(patch).toEqual({ outer: { pairs: 9, optimiser: { kind: 'sgd', beta1: null } }, tasks: [{ family: 'b' }] });
    expect(apply(before, patch)).toEqual(after);
    expect(mergePatch(before, structuredClone(before))).toBeUndefined();
  });
});
