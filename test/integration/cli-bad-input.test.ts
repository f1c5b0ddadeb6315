// Bad input and bad surroundings: one clear line, exit code 2, and nothing that was there is touched.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, metaplast, type Outcome, type RunOptions, temporaryFolder } from './cli.js';

const cwd = temporaryFolder();
const path = (...parts: string[]): string => join(cwd, ...parts);
afterAll(() => rmSync(cwd, { recursive: true }));

const run = (args: readonly string[], options: Partial<RunOptions> = {}): Promise<Outcome> => metaplast(args, { cwd, ...options });

/** Expects exit code 2 and one line on stderr, which it returns. */
async function refused(args: readonly string[], options: Partial<RunOptions> = {}): Promise<string> {
  const { exitCode, err } = await run(args, options);
  expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringMatching(/^metaplast: [^\n]+\n$/) });
  return err;
}

beforeAll(async () => {
  expect((await run(['train', '--preset', 'smoke', '--out', 'good'])).exitCode).toBe(0);
});

describe('specs', () => {
  it('all errors are said at once, with pointer, bounds and value, before anything runs', async () => {
    writeFileSync(path('spec.json'), '{"seed": -1, "outer": {"pairs": "many", "generation": 3}, "inner": {"steps": 0}}');
    const { exitCode, err } = await run(['train', '--spec', 'spec.json', '--out', 'never']);
    expect(exitCode).toBe(2);
    expect(err.trimEnd().split('\n').sort()).toEqual([
      '  /inner/steps: must be an integer in [1, 2000], was 0',
      expect.stringMatching(/^ {2}\/outer\/generation: unknown field; known here: generations, pairs, /),
      '  /outer/pairs: must be an integer in [1, 65536], was "many"',
      '  /seed: must be an integer in [0, 9007199254740991], was -1',
      'metaplast: run spec is invalid:',
    ]);
    expect(existsSync(path('never'))).toBe(false);
  });

  it('absurd cost is refused', async () => {
    const sizes = ['outer.pairs=65536', 'outer.generations=1000000', 'outer.tasksPerPair=64', 'inner.steps=2000'].flatMap((s) => [
      '--set',
      s,
    ]);
    const { exitCode, err } = await run(['train', '--preset', 'smoke', ...sizes, '--out', 'never']);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/total cost is .* multiply-adds; at most 1e\+18 is allowed/);
    expect(existsSync(path('never'))).toBe(false);
  });

  it('what cannot be computed is refused before there is a folder', async () => {
    const gpu = await refused(['train', '--preset', 'smoke', '--out', 'never'], { env: { METAPLAST_ENGINE: 'gpu' } });
    expect(gpu).toBe('metaplast: METAPLAST_ENGINE must be one of auto, wasm, native, was gpu\n');
    expect(await refused(['train', '--preset', 'smoke', '--out', 'never', '--prefix', 'p'])).toContain('it needs --redis');
    const away = ['--redis', 'redis://127.0.0.1:1', '--threads', '2'];
    expect(await refused(['train', '--preset', 'smoke', '--out', 'never', ...away])).toContain('the workers compute');
    const { exitCode, err } = await run(['reproduce', 'paper', '--preset', 'smoke', '--set', 'inner.steps=2000', '--out', 'never']);
    expect([exitCode, err]).toEqual([
      2,
      expect.stringMatching(/\/baselines: label-spreading would make a graph of \d+ points .*; at most 4096/),
    ]);
    expect(existsSync(path('never'))).toBe(false);
  });

  it('control characters of others reach no terminal', async () => {
    writeFileSync(path('evil.json'), '{"\\u001b[31mevil": 1}');
    const { exitCode, err } = await run(['spec', '--spec', 'evil.json']);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('\uFFFD[31mevil: unknown field')]);
    expect(err).not.toContain('\u001b');
    writeFileSync(path('evil.csv'), `x,kind\n${[1, 2, 3, 4].map((x) => `${x},${x % 2 ? 'a' : '\u001b[31mb'}\n`).join('')}`);
    const applied = ['apply', '--data', 'evil.csv', '--labels', 'kind', '--rule', 'quickstart', '--labelled', '1', '--repeats', '2'];
    const { out } = await run(applied);
    expect(out).toContain('2 classes (\uFFFD[31mb, a)');
    expect(out).not.toContain('\u001b');
  });

  it('malformed files and arguments are refused', async () => {
    writeFileSync(path('twice.json'), '{\n  "seed": 1,\n  "seed": 2\n}');
    writeFileSync(path('broken.json'), '{"seed": 1');
    writeFileSync(path('huge.json'), `{"seed": 1${' '.repeat(70_000)}}`);
    expect(await refused(['spec', '--spec', 'twice.json'])).toContain('twice.json:3:3: "seed" is given twice in one object');
    expect(await refused(['spec', '--spec', 'broken.json'])).toContain('broken.json:1:11: is not JSON: close brace expected');
    expect(await refused(['spec', '--spec', 'huge.json'])).toContain('at most 65536 are allowed');
    expect(await refused(['spec', '--spec', 'none.json'])).toContain('cannot read none.json: no such file or folder');
    expect(await refused(['spec', '--preset', 'smoky'])).toContain('did you mean smoke?');
    expect(await refused(['spec', '--preset', 'smoke', '--set', 'outer.pair=3'])).toContain('did you mean pairs?');
    expect(await refused(['train'])).toContain('give --preset NAME or --spec FILE');
    expect(await refused(['trian'])).toContain("unknown command 'trian' (Did you mean train?)");
    expect(await refused(['train', '--preset', 'smoke', '--threads', '0'])).toContain('whole number from 1 to 512');
    expect(await refused(['evaluate'])).toContain('give a run of a server, --rule NAME or --theta FILE; one of them');
  });
});

describe('folders', () => {
  it('of another run are refused, and say which fields differ', async () => {
    const before = readFileSync(path('good/run.sqlite'));
    const err = await refused(['train', '--preset', 'smoke', '--set', 'seed=2', '--set', 'inner.steps=10', '--out', 'good']);
    expect(err).toContain('good holds a run of another spec (inner.steps: 20 there, 10 here; seed: 1 there, 2 here)');
    expect(readFileSync(path('good/run.sqlite')).equals(before)).toBe(true);
  });

  it('that cannot be written to are refused', async () => {
    writeFileSync(path('file'), 'mine');
    expect(await refused(['train', '--preset', 'smoke', '--out', 'file'])).toContain('cannot make the folder file: a file is in the place');
    expect(await refused(['train', '--preset', 'smoke', '--out', 'file/below'])).toContain('a part of the path is a file, not a folder');
    expect(await refused(['train', '--preset', 'smoke', '--out', '/proc/metaplast'])).toContain('cannot make the folder /proc/metaplast: ');
    expect(await refused(['figure', 'good', '--out', 'file'])).toContain('cannot make the folder file');
    expect(readFileSync(path('file'), 'utf8')).toBe('mine');
    mkdirSync(path('foreign'));
    writeFileSync(path('foreign/theta.npz'), 'mine');
    expect(await refused(['train', '--preset', 'smoke', '--out', 'foreign'])).toContain('foreign has theta.npz but no run.sqlite');
    expect(readdirSync(path('foreign'))).toEqual(['theta.npz']);
  });

  it('that take no more bytes are left as they were', async () => {
    copyFileSync(path('good/theta.safetensors'), path('old.npz'));
    const err = await refused(['export', 'good/theta.npz', '--to', 'old.npz', '--force'], { prefix: 'ulimit -f 1;' });
    expect(err).toContain('cannot write old.npz: the file would be larger than allowed');
    expect(readFileSync(path('old.npz')).equals(readFileSync(path('good/theta.safetensors')))).toBe(true);
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await refused(['spec', '--preset', 'smoke'], { prefix: 'exec >/dev/full;' })).toContain(
      'cannot write to standard output: the disk is full',
    );
  });

  it('on a disk that fills up keep a run that can go on', async () => {
    const disk = path('disk');
    mkdirSync(disk);
    // A file system of 120 KB in a namespace of its own; where that is forbidden, a limit on the size of files.
    const mount = `mount -t tmpfs -o size=120k none '${disk}'`;
    const command = `'${process.execPath}' '${MAIN}' train --preset smoke --set outer.generations=40 --out '${disk}/run'`;
    const inside = `${mount} && { ${command}; echo "exit $?"; mount -o remount,size=9m '${disk}' && ${command}; echo "exit $?"; }`;
    const limited = `ulimit -S -f 150; ${command}; echo "exit $?"; ulimit -S -f unlimited; ${command}; echo "exit $?"`;
    const shell = (script: string, ...unshare: string[]): string => {
      const [program = 'sh', ...rest] = [...unshare, 'sh', '-c', `{ ${script}; } 2>&1`];
      return execFileSync(program, rest, { encoding: 'utf8' });
    };
    let namespaces = true;
    try {
      shell(`${mount}`, 'unshare', '-rm');
    } catch {
      namespaces = false;
    }
    const out = namespaces ? shell(inside, 'unshare', '-rm') : shell(limited);
    expect(out).toMatch(/^metaplast: run store .*\/run\/run\.sqlite cannot be .*$/m);
    expect([...out.matchAll(/^exit (\d+)$/gm)].map((match) => match[1])).toEqual(['2', '0']);
    if (namespaces) expect(out).toContain('the disk is full');
  });
});

describe('stores', () => {
  it.each([
    ['of something else', () => Buffer.from('SQLite format 3? No.'.repeat(100))],
    ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['overwritten in the middle', (bytes: Buffer) => Buffer.from(bytes).fill(0x55, 5000, 20_000)],
  ])('%s are refused and left as they are', async (_, change) => {
    rmSync(path('bad'), { recursive: true, force: true });
    mkdirSync(path('bad'));
    const bytes = change(readFileSync(path('good/run.sqlite')));
    writeFileSync(path('bad/run.sqlite'), bytes);
    writeFileSync(path('bad/report.json'), 'mine');
    for (const args of [
      ['train', '--preset', 'smoke', '--out', 'bad'],
      ['figure', 'bad'],
      ['export', 'bad'],
    ]) {
      expect(await refused(args)).toMatch(/run store bad\/run\.sqlite is (not a run store|corrupt)/);
    }
    expect(readFileSync(path('bad/run.sqlite')).equals(bytes)).toBe(true);
    expect(readFileSync(path('bad/report.json'), 'utf8')).toBe('mine');
    expect(existsSync(path('bad/figure.svg'))).toBe(false);
  });
});

describe('θ files', () => {
  it.each(['theta.safetensors', 'theta.npz'])('%s: truncated, changed, and of another shape', async (name) => {
    const bytes = readFileSync(path('good', name));
    writeFileSync(path('short'), bytes.subarray(0, -7));
    expect(await refused(['evaluate', '--theta', 'short'])).toMatch(/short is (truncated|corrupt)/);
    const changed = Buffer.from(bytes);
    changed[bytes.indexOf(name.endsWith('z') ? 'theta.npy' : '"theta"') + 200]! ^= 1;
    writeFileSync(path('changed'), changed);
    expect(await refused(['export', 'changed', '--to', 'new.npz'])).toMatch(/changed is corrupt|changed does not fit/);
    expect(existsSync(path('new.npz'))).toBe(false);
    const err = await refused(['evaluate', '--theta', `good/${name}`, '--set', 'rule.hidden=[16,16]']);
    expect(err).toMatch(/does not fit the spec: θ has \d+ numbers, the spec's rule has 477/);
  });

  it('are not overwritten by chance', async () => {
    writeFileSync(path('kept.npz'), 'mine');
    expect(await refused(['export', 'good', '--to', 'kept.npz'])).toContain('kept.npz exists; --force overwrites it');
    expect(readFileSync(path('kept.npz'), 'utf8')).toBe('mine');
    writeFileSync(path('rule.png'), 'mine');
    expect(await refused(['figure', '--rule', 'two-moons'])).toContain('rule.png exists; --force overwrites it');
    writeFileSync(path('points.csv'), 'x,kind\n1,a\n2,b\n3,a\n4,b\n');
    const apply = ['apply', '--data', 'points.csv', '--labels', 'kind', '--rule', 'two-moons', '--labelled', '1', '--repeats', '2'];
    expect(await refused([...apply, '--predictions', 'rule.png'])).toContain('rule.png exists; --force overwrites it');
    expect([readFileSync(path('rule.png'), 'utf8'), existsSync(path('rule.svg'))]).toEqual(['mine', false]);
    expect((await run([...apply, '--predictions', 'rule.png', '--force'])).exitCode).toBe(0);
    expect(readFileSync(path('rule.png'), 'utf8')).toContain('row,class,probability');
    expect(await refused(['export', 'good', '--to', 'kept.pt'])).toContain('its name must end in .safetensors, .npz, .json');
    expect(await refused(['export', 'good', '--generation', '5', '--to', 'five.npz'])).toContain(
      'no checkpoint of generation 5; it has 0, 4, 8, 12',
    );
  });
});
