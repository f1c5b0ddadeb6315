import { describe, expect, it } from 'vitest';
import { lineOf, linesOf } from './json-lines.js';

const TEXT = `{
  "seed": 1,
  "outer": {
    "pairs": 0, "sigma": { "initial": 2 }
  },
  "tasks": [
    { "family": "circles" },
    { "family": "a/b~c", "a/b~c": [1,
      2] }
  ]
}`;

describe('linesOf', () => {
  const lines = linesOf(TEXT);

  it('knows the line of every value', () => {
    expect(lineOf(lines, '/seed')).toBe(1);
    expect(lineOf(lines, '/outer/pairs')).toBe(3);
    expect(lineOf(lines, '/outer/sigma/initial')).toBe(3);
    expect(lineOf(lines, '/tasks/1/family')).toBe(7);
    expect(lineOf(lines, '/tasks/1/a~1b~0c/1')).toBe(8);
  });

  it('takes the nearest value around a field that is not there', () => {
    expect(lineOf(lines, '/outer/generations')).toBe(2);
    expect(lineOf(lines, '/evaluation/every')).toBe(0);
  });

  it('finds what it can in text that is not JSON', () => {
    expect(lineOf(linesOf('{\n "a": 1,\n "b": {\n "c": '), '/a')).toBe(1);
    for (const text of ['', '{', '[1,', '{"a"', '"open', '{"a":}', ']', '{]', '[}', ',,,', '{1:2}'])
      expect(linesOf(text)).toBeInstanceOf(Map);
  });
});
