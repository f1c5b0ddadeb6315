import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NewRunEvaluation } from './api/evaluations.js';
import { NewRun } from './api/runs.js';
import { type FieldError, MAX_COST, resolveSpec, runCost, runTrainings, schemaErrors, trainingCost, ValidationError } from './validate.js';

/** The errors that a document is refused with; none when it is accepted. */
function errorsOf(input: unknown): readonly FieldError[] {
  try {
    resolveSpec(input);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.errors;
    throw error;
  }
}

describe('resolveSpec', () => {
  it('fills in the standard two-moons run', () => {
    const spec = resolveSpec({});
    expect(spec.network.hidden).toEqual([32]);
    expect(spec.rule.hidden).toEqual([16, 16]);
    expect([spec.inner.steps, spec.inner.labelled, spec.inner.unlabelled, spec.inner.test]).toEqual([50, 10, 10, 128]);
    expect(spec.tasks).toEqual([{ family: 'two-moons' }]);
    expect(spec.outer.optimiser.kind).toBe('adam');
  });

  it('keeps what is given, leaves the input alone, and resolves a resolved spec to itself', () => {
    const input = {
      seed: 7,
      outer: { pairs: 3, sigma: { initial: 0.1 } },
      tasks: [{ family: 'circles', params: { noise: { uniform: [0, 1] } } }],
    };
    const copy = structuredClone(input);
    const spec = resolveSpec(input);
    expect(input).toEqual(copy);
    expect([spec.seed, spec.outer.pairs, spec.outer.sigma.initial]).toEqual([7, 3, 0.1]);
    expect(spec.tasks).toEqual(input.tasks);
    expect(resolveSpec(spec)).toEqual(spec);
  });

  it('reports all errors at once: the field, what is allowed, what was given', () => {
    const errors = errorsOf({
      sed: 1,
      sead: 2,
      seed: -1,
      tasks: [{ family: 'two-moons', params: { rotation: 7, noise: { unifrm: [1, 2] } } }],
      outer: { pairs: 0, sigma: 3, shaping: { kind: 'foo' } },
      inner: { labelled: 'x' },
      rule: { initialDecayLogit: [-5, -5, 9] },
      network: { hidden: [] },
    });
    expect(Object.fromEntries(errors.map((e) => [e.pointer, e.detail]))).toEqual({
      '/sead': 'unknown field; known here: version, seed, engine, network, rule, inner, objective, tasks, outer, stages, evaluation',
      '/sed': 'unknown field; known here: version, seed, engine, network, rule, inner, objective, tasks, outer, stages, evaluation',
      '/seed': 'must be an integer in [0, 9007199254740991], was -1',
      '/network/hidden': 'must be an array of 1 to 3 items, was []',
      '/inner/labelled': 'must be an integer in [2, 1024] or {choice}, was "x"',
      '/rule/initialDecayLogit': 'must be a number in [-20, 5] or an array of 3 items, each a number in [-20, 5], was [-5,-5,9]',
      '/tasks/0/params/rotation': 'must be a number in [0, 1] or {uniform} or {logUniform} or {choice}, was 7',
      '/tasks/0/params/noise': 'must be a number in [0, 100] or {uniform} or {logUniform} or {choice}, was {"unifrm":[1,2]}',
      '/outer/pairs': 'must be an integer in [1, 65536], was 0',
      '/outer/sigma': 'must be {initial, final}, was 3',
      '/outer/shaping/kind': 'must be "rms" or "centred-rank" or "none", was "foo"',
    });
  });

  it('says what strings and lists may be', () => {
    const said = (wrong: object): string[] => schemaErrors(NewRun, wrong).map(({ pointer, detail }) => `${pointer} ${detail}`);
    expect(said({ name: '' })).toEqual(['/name must be a string of 1 to 120 characters, was ""']);
    expect(said({ tags: ['a b'] })).toEqual(['/tags/0 must be a string of 1 to 40 characters that matches ^[\\w.:/-]+$, was "a b"']);
    expect(said({ notes: 1 })).toEqual(['/notes must be a string of at most 4000 characters, was 1']);
    expect(said({ tags: Array(21).fill('a') })).toEqual([
      expect.stringMatching(/^\/tags must be an array of at most 20 items, was \["a",/),
    ]);
    const [twice] = schemaErrors(NewRunEvaluation, { baselines: ['sgd', 'sgd'] });
    expect(twice!.detail).toMatch(/^must be an array of at most \d+ different items, was \["sgd","sgd"\]$/);
  });

  it.each([
    [null, ''],
    [[], ''],
    ['text', ''],
    [{ outer: null }, '/outer'],
    [{ version: 2 }, '/version'],
    [{ seed: Number.NaN }, '/seed'],
    [{ inner: { steps: 1.5 } }, '/inner/steps'],
    [{ tasks: [] }, '/tasks'],
    [{ tasks: [{ family: 'two-gaussians:generic', params: { noise: 0, separation: { choice: [0, 1] } } }] }, '/tasks/0/params/noise'],
    [{ tasks: [{ family: 'two-gaussians:generic', params: { noise: 1e-30, separation: { uniform: [0, 0] } } }] }, '/tasks/0/params/noise'],
    [{ tasks: [{ family: 'moons' }] }, '/tasks/0/family'],
    [{ tasks: [{}] }, '/tasks/0/family'],
    [{ tasks: [{ family: 'two-moons', params: { noise: { logUniform: [0, 1] } } }] }, '/tasks/0/params/noise'],
    [{ network: { hidden: [513] } }, '/network/hidden/0'],
    [{ rule: { hidden: [3] } }, '/rule/hidden/0'],
    [{ 'a/b~c': 1 }, '/a~1b~0c'],
  ])('refuses %j at %s', (input, pointer) => {
    expect(errorsOf(input).map((e) => e.pointer)).toContain(pointer);
  });

  it.each([
    ['bounds in the wrong order', { tasks: [{ family: 'two-moons', params: { noise: { uniform: [2, 1] } } }] }, '/tasks/0/params/noise'],
    ['other dimensions for a family in the plane', { tasks: [{ family: 'circles', dimensions: 3 }] }, '/tasks/0/family'],
    ['families that do not share a network', { tasks: [{ family: 'blobs', classes: 4 }] }, '/evaluation/families/0'],
    ['fewer labels than classes', { tasks: [{ family: 'blobs', classes: 4 }], inner: { labelled: 3 } }, '/inner/labelled'],
    [
      'too much data a training',
      { inner: { steps: 2000, unlabelled: 1024 * 1, test: 4096, labelled: 1024 }, tasks: [{ family: 'blobs', dimensions: 64 }] },
      '/inner',
    ],
    ['stages that are longer than the run', { outer: { generations: 9 }, stages: [{ generations: 5 }, { generations: 5 }] }, '/stages'],
    ['an unknown field of a stage', { stages: [{ generations: 1, rule: {} }] }, '/stages/0/rule'],
    ['a field of the outer loop that no stage may change', { stages: [{ generations: 1, outer: { pairs: 8 } }] }, '/stages/0/outer/pairs'],
    ['a stage’s σ out of bounds', { stages: [{ generations: 1, outer: { sigma: { final: 0 } } }] }, '/stages/0/outer/sigma/final'],
    ['an unknown field of a stage’s inner training', { stages: [{ generations: 1, inner: { step: 9 } }] }, '/stages/0/inner/step'],
    ['a stage without length', { stages: [{ inner: { steps: 9 } }] }, '/stages/0/generations'],
    [
      'bounds of a stage in the wrong order',
      { stages: [{ generations: 1, tasks: [{ family: 'circles', params: { noise: { uniform: [2, 1] } } }] }] },
      '/stages/0/tasks/0/params/noise',
    ],
    [
      'tasks of a stage for another network',
      { stages: [{ generations: 1, tasks: [{ family: 'blobs', classes: 3 }] }] },
      '/stages/0/tasks/0',
    ],
    [
      'fewer labels than classes in a stage',
      {
        tasks: [{ family: 'blobs', classes: 4 }],
        evaluation: { families: [{ family: 'blobs', classes: 4 }] },
        stages: [{ generations: 1, inner: { labelled: 3 } }],
      },
      '/stages/0/inner/labelled',
    ],
    [
      'an absurd stage',
      { outer: { generations: 1e6 }, stages: [{ generations: 1e6, network: { hidden: [512, 512, 512] }, inner: { steps: 2000 } }] },
      '',
    ],
    ['an absurd total cost', { outer: { pairs: 65536, generations: 1e6, tasksPerPair: 64 } }, ''],
  ])('refuses %s', (_, input, pointer) => {
    expect(errorsOf(input).map((e) => e.pointer)).toContain(pointer);
  });

  it('never throws anything but a ValidationError, and accepts only what it accepts again unchanged', () => {
    const field = fc.oneof(
      fc.constantFrom('seed', 'outer', 'tasks', 'inner', 'rule', 'network', 'evaluation', 'objective', '__proto__', 'constructor'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue({ maxDepth: 4 }))), (input) => {
        const errors = errorsOf(input);
        if (errors.length > 0) {
          for (const { pointer, detail } of errors) {
            expect(pointer === '' || pointer.startsWith('/')).toBe(true);
            expect(detail.length).toBeGreaterThan(0);
          }
        } else {
          const spec = resolveSpec(input);
          expect(resolveSpec(spec)).toEqual(spec);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('one wrong field of a good spec gives exactly that field’s error', () => {
    const good = resolveSpec({}) as unknown as Record<string, Record<string, unknown>>;
    const numeric = Object.entries(good).flatMap(([section, fields]) =>
      typeof fields === 'object' && !Array.isArray(fields) ? Object.keys(fields).map((key) => [section, key] as const) : [],
    );
    fc.assert(
      fc.property(fc.constantFrom(...numeric), fc.constantFrom(-1e9, 'x', null, true), ([section, key], bad) => {
        if (section === 'rule' && key === 'lateral' && bad === true) return;
        const spec = structuredClone(good);
        spec[section]![key] = bad;
        expect(errorsOf(spec).map((e) => e.pointer)).toEqual([`/${section}/${key}`]);
      }),
    );
  });
});

describe('cost', () => {
  it('counts the multiply-adds of the default training', () => {
    // A tanh counts as 8. 36 neurons ask the rule; W and V are 2 × 32 and 32 × 2, M is 32 × 32 and 2 × 2: each is used and updated.
    const perNeuron = 16 * (4 + 8) + 16 * (16 + 8) + 7 * 16;
    const connections = 4 * 2 * 32 + 2 * 32 * 32 + 4 * 32 * 2 + 2 * 2 * 2;
    expect(trainingCost(resolveSpec({}))).toBe(50 * 20 * (36 * perNeuron + connections) + 128 * connections);
  });

  it('multiplies up to the run and stays below the bound for what is accepted', () => {
    const spec = resolveSpec({ outer: { pairs: 10, generations: 7, tasksPerPair: 3 } });
    expect(runTrainings(spec)).toBe(420);
    expect(runCost(spec)).toBe(420 * trainingCost(spec));
    expect(runCost(spec)).toBeLessThan(MAX_COST);
  });
});
