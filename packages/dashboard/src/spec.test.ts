import { resolveSpec } from '@metaplast/protocol';
import { describe, expect, it } from 'vitest';
import { commandLine, differences, fields } from './spec.js';

describe('fields', () => {
  it('lists values by path, lists whole', () => {
    expect([...fields({ a: { b: 1, c: { d: [1, { e: 2 }] } } })]).toEqual([
      ['a.b', 1],
      ['a.c.d', [1, { e: 2 }]],
    ]);
  });
});

describe('differences', () => {
  it('has what is not the same in all, and undefined where a field is missing', () => {
    expect(
      differences([
        { a: 1, b: 2 },
        { a: 1, b: 3, c: 4 },
        { a: 1, b: 2 },
      ]),
    ).toEqual([
      { path: 'b', values: [2, 3, 2] },
      { path: 'c', values: [undefined, 4, undefined] },
    ]);
  });
});

describe('commandLine', () => {
  const base = resolveSpec({});

  it('says the preset alone when nothing differs', () => {
    expect(commandLine(base, 'quickstart', base)).toBe('npx metaplast train --preset quickstart --out out/again');
  });

  it('sets what differs, quoted for a shell', () => {
    const spec = resolveSpec({ seed: 7, rule: { hidden: [8], prior: 'none' }, tasks: [{ family: 'circles' }] });
    expect(commandLine(spec, 'quickstart', base)).toBe(
      `npx metaplast train --preset quickstart --set seed=7 --set 'rule.hidden=[8]' --set rule.prior=none --set 'tasks=[{"family":"circles"}]' --out out/again`,
    );
  });

  it('takes away the stages that the preset alone has, quoted as well', () => {
    const staged = { ...base, stages: [{}] };
    expect(commandLine(base, 'paper', staged)).toBe("npx metaplast train --preset paper --set 'stages=[]' --out out/again");
  });
});
