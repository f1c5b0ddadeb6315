// The examples run as they stand, and give what they should.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findPython } from './programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

it('own-loop.mjs meta-trains, the same each time', () => {
  const lines = node('examples/own-loop.mjs', '2').trim().split('\n');
  expect(lines.map((line) => line.replaceAll(/\d\.\d+/g, '#'))).toEqual([
    'before  accuracy #',
    'generation 1  meta-loss #  |gradient| #',
    'generation 2  meta-loss #  |gradient| #',
    'after   accuracy #',
  ]);
  const accuracy = Number(lines[0]!.match(/\d\.\d+/)![0]);
  expect(accuracy).toBeGreaterThan(0.7);
  expect(node('examples/own-loop.mjs', '2').trim().split('\n')).toEqual(lines);
});

it('use-rule.mjs: the published rule fits two half circles, where backprop cuts them', () => {
  const [rule, backprop] = node('examples/use-rule.mjs')
    .trim()
    .split('\n')
    .map((line) => Number(/([\d.]+) % of 400 points/.exec(line)![1]));
  expect(rule).toBeGreaterThan(95);
  expect(backprop).toBeLessThan(95);
});

it('use-theta.py reads θ and gives the rule’s rates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'metaplast-'));
  try {
    node(
      'packages/cli/bin/metaplast.js',
      'train',
      '--preset',
      'smoke',
      '--set',
      'outer.generations=1',
      '--set',
      'rule.initialLogRate=1',
      '--out',
      folder,
    );
    const output = execFileSync(findPython(), ['examples/use-theta.py', join(folder, 'theta.npz')], { cwd: root, encoding: 'utf8' });
    expect(output).toContain('parameters, seed 1, generation 1, kernel ');
    const rates = output
      .match(/rates\s+W, V, M: \[([^\]]+)\]/)![1]!
      .trim()
      .split(/\s+/)
      .map(Number);
    // One step of at most the warm-up learning rate from exp(1).
    for (const rate of rates) expect(Math.abs(rate - Math.E)).toBeLessThan(0.05 * Math.E);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
