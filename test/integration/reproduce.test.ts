// `reproduce` on a tiny budget, with an interruption; `apply` and `evaluate` with a published rule.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { metaplast, type Outcome, type RunOptions, temporaryFolder } from './cli.js';

const cwd = temporaryFolder();
const run = (args: string[], options: Partial<RunOptions> = {}): Promise<Outcome> => metaplast(args, { cwd, ...options });
const read = (...parts: string[]): string => readFileSync(join(cwd, ...parts), 'utf8');
afterAll(() => rmSync(cwd, { recursive: true }));

const FILES = [
  'captions.md',
  'decision-maps.json',
  'figure-2.png',
  'figure-2.svg',
  'inner-training.csv',
  'inner-training.vl.json',
  'meta-training.csv',
  'meta-training.png',
  'meta-training.svg',
  'meta-training.vl.json',
  'rule.csv',
  'rule.json',
  'rule.png',
  'rule.svg',
  'seed-1',
  'seed-2',
  'study.json',
  'tables.md',
  'trials',
];

describe('reproduce paper', () => {
  const tiny = [
    'inner.steps=5',
    'inner.test=16',
    'outer.generations=4',
    'outer.pairs=4',
    'evaluation.reportTrials=16',
    'evaluation.validationTrials=8',
  ];
  const args = [
    'reproduce',
    'paper',
    '--preset',
    'smoke',
    '--seeds',
    '2',
    '--trials',
    '6',
    '--threads',
    '2',
    ...tiny.flatMap((set) => ['--set', set]),
  ];

  it('goes on after Ctrl-C in the middle of the study, and then has all files', async () => {
    let stopped = false;
    const first = await run([...args, '--out', 'a'], {
      onOutput: (out, child) => {
        if (!stopped && out.includes('\n  two-moons\n')) stopped = child.kill('SIGINT');
      },
    });
    expect(first.exitCode).toBe(130);
    expect(first.err).toMatch(/^metaplast: stopped; nothing is lost\. Go on with: npx metaplast reproduce paper /);
    expect(existsSync(join(cwd, 'a/tables.md'))).toBe(false);
    const known = readdirSync(join(cwd, 'a/trials'));
    expect(known.length).toBeGreaterThan(10);
    const second = await run([...args, '--out', 'a']);
    expect(second).toMatchObject({ exitCode: 0, err: '' });
    expect(readdirSync(join(cwd, 'a')).sort()).toEqual(FILES);
    expect(readdirSync(join(cwd, 'a/trials'))).toEqual(expect.arrayContaining(known));
    expect(second.out).toContain(read('a/tables.md'));
  });

  it('says for each statement what was measured, from the numbers in study.json', () => {
    const { rules, families, statements, kernel } = JSON.parse(read('a/study.json'));
    expect(rules.map((rule: { seed: number }) => rule.seed)).toEqual([1, 2]);
    expect(statements).toHaveLength(1 + 2 + 1 + 4);
    const [moons] = families;
    const holds = moons.rules.filter(
      (rule: { minusBackprop: { difference: number; se: number } }) => rule.minusBackprop.difference > 2 * rule.minusBackprop.se,
    );
    expect(statements[0]).toMatchObject({ statement: 'beats tuned supervised backprop on two-moons', holds: holds.length, seeds: 2 });
    expect(read('a/tables.md')).toContain(statements[0].measured);
    const captions = read('a/captions.md');
    for (const words of [kernel, 'seeds: 1, 2', 'n = 6 fresh tasks', '"pairs": 4']) expect(captions).toContain(words);
    expect(read('a/inner-training.csv').trim().split('\n')).toHaveLength(1 + 2 * 2 * 6);
    expect(read('a/rule.csv').trim().split('\n')).toHaveLength(1 + 7 * 2);
    const slices = JSON.parse(read('a/rule.json')) as { answer: string; labelled: { r: number[]; s: number[] } }[];
    expect(slices.map(({ answer, labelled: { r, s } }) => [answer, r.length, s.length])[0]).toEqual(['delta', 41 * 41, 41 * 41]);
    const maps = JSON.parse(read('a/decision-maps.json')) as { rule: { probabilities: number[] }; backprop: { probabilities: number[] } }[];
    expect(maps).toHaveLength(4);
    for (const { rule, backprop } of maps) expect(rule.probabilities.length).toBe(backprop.probabilities.length);
    expect(maps[0]!.rule.probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it('gives the same again elsewhere', async () => {
    const again = await run([...args, '--out', 'b', '--threads', '1']);
    expect(again.exitCode).toBe(0);
    const timeless = (folder: string) => JSON.parse(read(folder, 'study.json'), (key, value) => (key === 'seconds' ? 0 : value));
    expect(timeless('b')).toEqual(timeless('a'));
    for (const file of FILES.filter((name) => /\.(svg|csv|md|vl\.json)$|^(rule|decision-maps)\.json$/.test(name)))
      expect(read('b', file)).toBe(read('a', file));
  });
});

describe('the published rule', () => {
  const csv = (rows: (readonly [number, number, string])[]): string => `x,y,kind\n${rows.map((row) => row.join(',')).join('\n')}\n`;
  const moons = Array.from({ length: 200 }, (_, i) => {
    const t = (Math.PI * (i % 100)) / 99;
    return i < 100 ? ([Math.cos(t), Math.sin(t), 'up'] as const) : ([1 - Math.cos(t), 0.5 - Math.sin(t), 'down'] as const);
  });

  it('applies to points of one’s own, and beats backprop on half circles', async () => {
    writeFileSync(join(cwd, 'moons.csv'), csv(moons));
    const args = [
      'apply',
      '--data',
      'moons.csv',
      '--labels',
      'kind',
      '--rule',
      'two-moons',
      '--scale',
      'together',
      '--json',
      '--predictions',
      'p.csv',
    ];
    const { exitCode, out, err } = await run(args);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    const { classes, rule, backprop } = JSON.parse(out);
    expect(classes).toEqual(['down', 'up']);
    expect(backprop).toHaveLength(9);
    expect(rule.mean).toBeGreaterThan(0.93);
    for (const { ruleMinusBackprop } of backprop) expect(ruleMinusBackprop.mean).toBeGreaterThan(3 * ruleMinusBackprop.se);
    const lines = read('p.csv').trim().split('\n');
    expect(lines).toHaveLength(201);
    const right = lines.slice(1).filter((line, i) => line.split(',')[1] === moons[i]![2]).length;
    expect(right).toBeGreaterThan(190);
  });

  it('takes any number of columns and classes, and rows without a class', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => `${i % 3},${i < 60 ? `k${i % 3}` : ''},${Math.sin(i) / 9}`);
    writeFileSync(join(cwd, 'three.csv'), `a,kind,b\n${rows.join('\n')}\n`);
    const { exitCode, out } = await run(['apply', '--data', 'three.csv', '--labels', 'kind', '--rule', 'two-moons', '--repeats', '3']);
    expect(exitCode).toBe(0);
    expect(out).toContain('90 rows, 2 columns, 3 classes (k0, k1, k2); 5 labels a class, 3 repeats');
    expect(out).toMatch(/^learned rule \(two-moons\) +\d+\.\d ± \d+\.\d %$/m);
  });

  it('refuses a bad file in one line', async () => {
    writeFileSync(join(cwd, 'bad.csv'), 'x,y,kind\n1,2,a\n3,oops,b\n');
    const outcome = await run(['apply', '--data', 'bad.csv', '--rule', 'two-moons', '--labels', 'kind']);
    expect(outcome).toMatchObject({ exitCode: 2, err: 'metaplast: bad.csv: line 3: column y must be a number, was "oops"\n' });
  });

  it('is drawn by its name', async () => {
    expect(await run(['figure', '--rule', 'two-moons', '--out', 'drawn'])).toMatchObject({ exitCode: 0, err: '' });
    expect(readdirSync(join(cwd, 'drawn')).sort()).toEqual(['rule.png', 'rule.svg']);
    expect(read('drawn/rule.svg')).toContain('two-moons, seed 1, generation 2000');
  });

  it('is evaluated by its name', async () => {
    const sizes = ['evaluation.reportTrials=40', 'evaluation.validationTrials=8', 'evaluation.families=[{"family":"two-moons"}]'];
    const { exitCode, out } = await run(['evaluate', '--rule', 'two-moons', '--json', ...sizes.flatMap((set) => ['--set', set])]);
    expect(exitCode).toBe(0);
    const { thetaSha256, tasks } = JSON.parse(out);
    expect(thetaSha256).toBe('cb377cc9ab930558005fd62cd055019b25fe32d3294bc35fecedc476d65f2d24');
    expect(tasks[0].rule.accuracy).toBeGreaterThan(0.96);
    const wrong = await run(['evaluate', '--rule', 'two-mons']);
    expect(wrong).toMatchObject({ exitCode: 2, err: 'metaplast: there is no published rule "two-mons"; did you mean two-moons?\n' });
    expect((await run(['evaluate'])).err).toBe('metaplast: give a run of a server, --rule NAME or --theta FILE; one of them\n');
  });
});
