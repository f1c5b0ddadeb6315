import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRule } from '@metaplast/training';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { applyRule } from './apply.js';
import { type Points, readPoints, type Scale } from './points.js';

const folder = mkdtempSync(join(tmpdir(), 'metaplast-points-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'p.csv');
const points = (text: string | Uint8Array, scale?: Scale): Points => {
  writeFileSync(file, text);
  return readPoints(file, 'kind', scale);
};

describe('readPoints', () => {
  const text = '\uFEFFkind,x,"y, m"\r\nb,1,10\r\n\r\n"a, b",3,10\r\n,5,"10"\r\n';

  it('takes all other columns as numbers, standardised, and empty labels as unknown', () => {
    const { columns, classes, rows, labels } = points(text);
    expect(columns).toEqual(['x', 'y, m']);
    expect(classes).toEqual(['a, b', 'b']);
    expect([...labels]).toEqual([1, 0, -1]);
    const root = Math.sqrt(8 / 3);
    expect(rows).toEqual(Float32Array.of(-2 / root, 0, 0, 0, 2 / root, 0));
  });

  it('scales columns together when they have one unit', () => {
    const { rows } = points('x,kind,y\n0,a,0\n4,b,2\n', 'together');
    // Variances 4 and 1, mean 2.5.
    const root = Math.sqrt(2.5);
    expect(rows).toEqual(Float32Array.of(-2 / root, -1 / root, 2 / root, 1 / root));
  });

  it('makes a column that never changes 0, whatever its mean is rounded to', () => {
    const { rows } = points(`x,c,kind\n${Array.from({ length: 10 }, (_, i) => `${i},0.1,${i % 2 ? 'a' : 'b'}`).join('\n')}\n`);
    expect([...rows].filter((_, i) => i % 2 === 1)).toEqual(Array(10).fill(0));
    expect(rows[0]).toBeLessThan(-1);
  });

  it.each([
    ['x,y,kind\n1,2,a\n3,oops,b\n', 'p.csv: line 3: column y must be a number, was "oops"'],
    ['x,y,kind\n1,2,a\n3,,b\n', 'p.csv: line 3: column y must be a number, was ""'],
    ['x,y,kind\n1,2,a\n3,1e999,b\n', 'p.csv: line 3: column y must be a number, was "1e999"'],
    ['x,y,kind\n1,2,a\n3,-1e200,b\n', 'p.csv: line 3: column y must be a number in [-1e+100, 1e+100], was "-1e200"'],
    ['x,y,kind\n1,2,a\n3,b\n', 'p.csv: Invalid Record Length: columns length is 3, got 2 on line 3'],
    ['x,y,king\n1,2,a\n', 'p.csv has no column "kind" for --labels; did you mean king?'],
    ['kind\na\nb\n', 'p.csv has 0 columns besides kind; 1 to 64 are allowed'],
    ['x,y,kind\n1,2,a\n', 'p.csv has 1 classes in column kind; 2 to 16 are allowed'],
    ['x,x,kind\n1,2,a\n', 'p.csv has two columns "x"'],
    ['x,kind\n', 'p.csv has no rows below its header'],
    ['', 'p.csv has no rows below its header'],
    [Uint8Array.of(0xff, 0xfe), 'p.csv is not text in UTF-8'],
  ])('refuses %j', (bad, message) => {
    expect(() => points(bad)).toThrow(InputError);
    expect(() => points(bad)).toThrow(message);
  });
});

describe('applyRule', () => {
  const rule = findRule('two-moons')!;
  const rows = (n: number): string =>
    Array.from({ length: n }, (_, i) => `${i % 2 === 0 ? -3 : 3 + Math.sin(i)},${i % 2 === 0 ? 'a' : 'b'}`).join('\n');

  it('learns what is easy, in one dimension too, the same each time', () => {
    const line = points(`x,kind\n${rows(40)}\n0,\n`);
    const options = { labelled: 4, repeats: 3 };
    const { rule: accuracy, backprop, probabilities } = applyRule(rule, line, options);
    expect(accuracy.mean).toBeGreaterThan(0.9);
    expect(backprop.map(({ learningRate }) => learningRate)).toEqual([0.003, 0.008, 0.02, 0.06, 0.2, 0.5, 1.3, 3.5, 10]);
    expect(backprop[5]!.accuracy).toEqual({ mean: 1, se: 0 });
    expect(backprop[5]!.ruleMinusBackprop.mean).toBeCloseTo(accuracy.mean - 1, 9);
    expect(probabilities).toHaveLength(82);
    for (let i = 0; i < 82; i += 2) expect(probabilities[i]! + probabilities[i + 1]!).toBeCloseTo(1, 5);
    expect(applyRule(rule, line, options)).toEqual({ rule: accuracy, backprop, probabilities });
  });

  it('needs a row more of each class than are trained on', () => {
    const few = points(`x,kind\n${rows(6)}\n`);
    expect(() => applyRule(rule, few, { labelled: 3, repeats: 2 })).toThrow(
      'class "a" has 3 rows: with --labelled 3 none is left to measure on; give --labelled 2 at most',
    );
    expect(applyRule(rule, few, { labelled: 2, repeats: 2 }).rule.mean).toBeGreaterThan(0);
  });
});
