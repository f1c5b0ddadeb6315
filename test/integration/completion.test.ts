// Shell completion as a user has it: each shell sources its script, is given lines, and says what it would offer at the end of them.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, temporaryFolder } from './cli.js';
import { needShell } from './programs.js';

/** What is typed, and what may follow: all of it, or, where a list would be long, some of it. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  // Commands.
  'metaplast su': ['submit'],
  'metaplast re': ['reproduce', 'resume'],
  'metaplast help sub': ['submit'],
  'metaplast completion ': ['zsh', 'bash', 'fish', 'powershell'],
  // Options.
  'metaplast submit --p': ['--preset', '--priority'],
  'metaplast submit --preset paper --na': ['--name'],
  'metaplast workers -': ['--url', '--token', '--json', '--help'],
  // Values.
  'metaplast submit --preset pa': ['paper', 'paper-broad'],
  'metaplast submit --preset=pa': ['paper', 'paper-broad'],
  'metaplast train --engine ': ['auto', 'wasm', 'native'],
  'metaplast download x --figure meta': ['meta-training'],
  'metaplast figure --rule two': ['two-moons'],
  'metaplast serve --log-level d': ['debug'],
  'metaplast ls --state su': ['succeeded'],
  // Files.
  'metaplast submit --spec my': ['my-spec.json'],
  'metaplast export ou': ['out'],
  // What the line says is not run.
  'metaplast submit --name "$(touch run)" --na': ['--name'],
};

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'my-spec.json'), '{}');
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'lines'), Object.keys(LINES).join('\n'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'metaplast'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Sources shells/`shell` in a shell that has no settings of its user, and reads the offers it has written. */
function offers(shell: string, args: readonly string[]): Record<string, string[]> {
  const script = fileURLToPath(new URL(`./shells/${shell}`, import.meta.url));
  const env = {
    ...process.env,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
    PATH: `${join(folder, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
    TERM: 'dumb',
  };
  const { status, stderr } = spawnSync(shell, [...args, script], { cwd: folder, env, encoding: 'utf8', timeout: 240_000 });
  expect([status, stderr]).toEqual([0, '']);
  const found: Record<string, string[]> = {};
  let words: string[] = [];
  for (const text of readFileSync(join(folder, `offers-${shell}`), 'utf8').split('\n')) {
    if (text.startsWith('metaplast ')) {
      words = [];
      found[text] = words;
    } else if (text !== '') words.push(text.replace(/\/$/, ''));
  }
  return found;
}

const sorted = (all: Readonly<Record<string, readonly string[]>>): object =>
  Object.fromEntries(Object.entries(all).map(([line, words]) => [line, [...new Set(words)].sort()]));

describe.each([
  { shell: 'bash', args: ['--noprofile', '--norc'] },
  { shell: 'zsh', args: ['-f'] },
  { shell: 'fish', args: ['--no-config'] },
])('$shell', ({ shell, args }) => {
  it('offers commands, options, values and files', () => {
    needShell(shell);
    expect(sorted(offers(shell, args))).toEqual(sorted(LINES));
  });
});
