import { resolveSpec } from '@metaplast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { applyOverrides } from './overrides.js';

const spec = resolveSpec({});
const after = (...assignments: string[]): unknown => resolveSpec(applyOverrides(spec, assignments));

describe('applyOverrides', () => {
  it.each([
    ['outer.generations=20', { outer: { generations: 20 } }],
    ['outer.shaping.kind=centred-rank', { outer: { shaping: { kind: 'centred-rank' } } }],
    ['rule.lateral=false', { rule: { lateral: false } }],
    ['network.hidden=[16,16]', { network: { hidden: [16, 16] } }],
    ['network.hidden.0=64', { network: { hidden: [64] } }],
    ['network.hidden.1=8', { network: { hidden: [32, 8] } }],
    ['network.hidden.0.choice=[8,16]', { network: { hidden: [{ choice: [8, 16] }] } }],
    ['tasks.0.params.noise=0.2', { tasks: [{ family: 'two-moons', params: { noise: 0.2 } }] }],
    ['tasks.0.params.noise.uniform=[0.1,0.2]', { tasks: [{ family: 'two-moons', params: { noise: { uniform: [0.1, 0.2] } } }] }],
    ['tasks.0.family=two-gaussians:generic', { tasks: [{ family: 'two-gaussians:generic' }] }],
    ['tasks.1={"family":"circles"}', { tasks: [{ family: 'two-moons' }, { family: 'circles' }] }],
    ['stages.0.generations=10', { stages: [{ generations: 10 }] }],
    ['tasks.0.params.noise.choice.0=0.1', { tasks: [{ family: 'two-moons', params: { noise: { choice: [0.1] } } }] }],
    ['evaluation.families=[{"family":"two-moons"}]', { evaluation: { families: [{ family: 'two-moons' }] } }],
  ])('%s', (assignment, expected) => {
    expect(after(assignment)).toEqual(resolveSpec(expected));
  });

  it('makes assignments in order and leaves the given spec as it is', () => {
    const before = structuredClone(spec);
    expect(after('tasks.0.params.noise.uniform=[0,1]', 'tasks.0.params.noise.uniform.1=0.5')).toEqual(
      resolveSpec({ tasks: [{ family: 'two-moons', params: { noise: { uniform: [0, 0.5] } } }] }),
    );
    expect(spec).toEqual(before);
  });

  it.each([
    ['outer.generation=1', 'outer has no field "generation"; did you mean generations?'],
    ['Outer.pairs=1', 'the spec has no field "Outer"; did you mean outer?'],
    ['inner.zzzzzzzz=1', 'inner has no field "zzzzzzzz"; there is steps, labelled, unlabelled, test'],
    ['seed.low=1', 'seed has no fields of its own'],
    ['tasks.2.weight=1', 'tasks is a list of 1; its items are tasks.0 to tasks.1'],
    ['tasks.x.weight=1', 'tasks is a list of 1'],
    ['__proto__.polluted=1', 'the spec has no field "__proto__"'],
    ['constructor=1', 'the spec has no field "constructor"'],
    ['outer..pairs=1', 'outer has no field ""'],
    ['outer.pairs', 'write it as path=value'],
    ['=3', 'write it as path=value'],
  ])('%s is refused', (assignment, message) => {
    expect(() => applyOverrides(spec, [assignment])).toThrow(message);
  });

  it('throws nothing but InputError', () => {
    const key = fc.constantFrom(
      'outer',
      'pairs',
      'tasks',
      '0',
      '1',
      'params',
      'noise',
      'uniform',
      'network',
      'hidden',
      'choice',
      '-1',
      '',
      'length',
    );
    const assignment = fc
      .tuple(fc.array(key, { maxLength: 6 }), fc.oneof(fc.json(), fc.string()))
      .map(([keys, value]) => `${keys.join('.')}=${value}`);
    fc.assert(
      fc.property(fc.array(assignment, { maxLength: 4 }), (assignments) => {
        try {
          applyOverrides(spec, assignments);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
