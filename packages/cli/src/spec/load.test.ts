import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunSpec, resolveSpec, ValidationError } from '@metaplast/protocol';
import { findPreset } from '@metaplast/training';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { differences } from './difference.js';
import { loadSpec } from './load.js';

const folder = mkdtempSync(join(tmpdir(), 'metaplast-load-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What resolveSpec makes of anything: a spec, or undefined when it is refused as it should be. */
function resolved(input: unknown): RunSpec | undefined {
  try {
    return resolveSpec(input);
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).errors.length).toBeGreaterThan(0);
    return undefined;
  }
}

const fields = Object.keys((RunSpec as unknown as { properties: object }).properties);
const leaf = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
  fc.constantFrom('two-moons', 'blobs', 'adam', 'rms', Number.POSITIVE_INFINITY, null),
);
const task = fc.record(
  { family: leaf, weight: leaf, params: fc.dictionary(fc.constantFrom('noise', 'rotation', 'x'), leaf), classes: leaf },
  { requiredKeys: [] },
);
const outer = fc.record({ generations: leaf, pairs: leaf, tasksPerPair: leaf, sigma: leaf, learningRate: leaf }, { requiredKeys: [] });

describe('resolveSpec', () => {
  it('throws nothing but ValidationError, and accepts again unchanged what it accepted', { timeout: 30_000 }, () => {
    const spec = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.dictionary(fc.constantFrom(...fields, '__proto__', 'seed '), leaf),
      fc.record({ seed: leaf, tasks: fc.oneof(leaf, fc.array(task)), outer: fc.oneof(leaf, outer) }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(spec, (input) => {
        const first = resolved(input);
        if (first !== undefined) expect(resolveSpec(JSON.parse(JSON.stringify(first)))).toEqual(first);
      }),
      { numRuns: 1500 },
    );
  });

  it('accepts valid specs', () => {
    const valid = fc.record({
      seed: fc.nat(),
      outer: fc.record({ pairs: fc.integer({ min: 1, max: 64 }), generations: fc.integer({ min: 1, max: 100 }) }),
      tasks: fc.tuple(
        fc.record({
          family: fc.constantFrom('circles', 'two-gaussians:generic'),
          params: fc.record({ noise: fc.double({ min: 0, max: 100, noNaN: true }) }),
        }),
      ),
    });
    fc.assert(
      fc.property(valid, (input) => {
        expect(resolved(input)).toMatchObject(input);
      }),
      { numRuns: 100 },
    );
  });
});

describe('loadSpec', () => {
  it('resolves presets', () => {
    expect(loadSpec({ preset: 'smoke' })).toEqual(resolveSpec(findPreset('smoke')!.spec));
    expect(() => loadSpec({ preset: 'quikstart' })).toThrow('there is no preset "quikstart"; did you mean quickstart?');
    expect(() => loadSpec({ preset: '../x' })).toThrow(InputError);
  });

  it('reads a file, and sets fields after it', () => {
    const spec = join(folder, 'spec.json');
    writeFileSync(spec, '{"seed": 5}');
    expect(loadSpec({ spec, set: ['outer.pairs=8', 'outer.pairs=9'] })).toEqual(resolveSpec({ seed: 5, outer: { pairs: 9 } }));
    expect(() => loadSpec({ spec, preset: 'smoke' })).toThrow('give --preset or --spec, not both');
    expect(() => loadSpec({})).toThrow('give --preset NAME or --spec FILE');
    expect(loadSpec({ set: ['seed=7'] }, resolveSpec({}))).toEqual(resolveSpec({ seed: 7 }));
  });

  it('refuses files that are no specs', () => {
    const refused = (content: string | Uint8Array): string => {
      const spec = join(folder, 'bad.json');
      writeFileSync(spec, content);
      try {
        loadSpec({ spec });
      } catch (error) {
        expect(error instanceof InputError || error instanceof ValidationError).toBe(true);
        return (error as Error).message;
      }
      return '';
    };
    expect(refused('[]')).toContain('must be an object');
    expect(refused(Uint8Array.of(0x22, 0xff, 0x22))).toContain('is not text in UTF-8');
    expect(refused(' '.repeat(70_000))).toContain('it has 70000 bytes, at most 65536 are allowed');
    expect(refused('{"seed": -1, "outer": {"pears": 3}}')).toMatch(
      /\/seed: must be an integer.*was -1[\s\S]*\/outer\/pears: unknown field|pears[\s\S]*seed/,
    );
    expect(() => loadSpec({ spec: folder })).toThrow('it is a folder, not a file');
  });
});

describe('differences', () => {
  it('names each field with both values, whatever the order of fields', () => {
    const a = resolveSpec({ seed: 1, outer: { pairs: 4, shaping: { clip: 2 } } });
    expect(differences(a, resolveSpec({ outer: { shaping: { clip: 2 }, pairs: 4 }, seed: 1 }))).toEqual([]);
    const b = resolveSpec({ seed: 2, outer: { pairs: 4 }, tasks: [{ family: 'two-moons' }, { family: 'circles' }] });
    expect(differences(a, b)).toEqual([
      'seed: 1 there, 2 here',
      'outer.shaping.clip: 2 there, 1 here',
      'tasks.1: nothing there, {"family":"circles"} here',
    ]);
  });
});
