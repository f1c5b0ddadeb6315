import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { parseJson } from './json.js';

describe('parseJson', () => {
  it('equals JSON.parse on JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(parseJson(text, 'f')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('accepts nothing that JSON.parse does not, and throws only InputError', () => {
    const fragment = fc.constantFrom(...'{}[],:"\\ \n'.split(''), '{"a":1}', 'true', 'nul', '1e', '-0', '//', '\u0000', 'é', '"b"');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => {
          let parsed: unknown;
          try {
            parsed = parseJson(text, 'f');
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).toMatch(/^f:\d+:\d+: [^\n]+$/);
            return;
          }
          expect(parsed).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"a": 1,\n "b": {"c": 1, "c": 2}}', 'f:2:16: "c" is given twice in one object'],
    ['{"a": 1,}', 'f:1:9: is not JSON: property name expected'],
    ['{"a": 1', 'f:1:8: is not JSON: close brace expected'],
    ['{} // note', 'f:1:4: is not JSON: invalid comment token'],
    [' \n', 'f:1:1: is empty; a spec is a JSON object, {} at least'],
    ['['.repeat(40), 'f:1:33: is nested more than 32 levels deep'],
  ])('says where %j is wrong', (text, message) => {
    expect(() => parseJson(text, 'f')).toThrow(message);
  });

  it('allows one name in different objects', () => {
    expect(parseJson('[{"a":{"a":1}},{"a":2}]', 'f')).toEqual([{ a: { a: 1 } }, { a: 2 }]);
  });
});
