import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { makeFolder, readFile, writeFiles } from './files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metaplast-files-'));
  return () => rmSync(folder, { recursive: true });
});

const content = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).map((f) => [f.name, f.isFile() ? readFileSync(join(folder, f.name), 'utf8') : '/']),
  );

it('writes all files and nothing else', () => {
  writeFiles(folder, { a: 'one', b: new TextEncoder().encode('two') });
  writeFiles(folder, { a: 'three' });
  expect(content()).toEqual({ a: 'three', b: 'two' });
});

it('touches nothing when one of them cannot be written', () => {
  writeFileSync(join(folder, 'a'), 'old');
  const bad = 'x'.repeat(300); // longer than a name may be
  expect(() => writeFiles(folder, { a: 'new', [bad]: '' })).toThrow(/^cannot write .*x: /);
  mkdirSync(join(folder, 'b'));
  expect(() => writeFiles(folder, { a: 'new', b: 'new' })).toThrow(/^cannot write .*b: it is a folder, not a file$/);
  expect(content()).toEqual({ a: 'old', b: '/' });
});

it('says in one line why a place cannot be written to', () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'folder'));
  expect(() => makeFolder(join(folder, 'file', 'x'))).toThrow(/cannot make the folder .*: a part of the path is a file, not a folder/);
  expect(() => makeFolder('/proc/metaplast/x')).toThrow(/cannot make the folder \/proc\/metaplast: /);
  expect(() => makeFolder(join(folder, 'file'))).toThrow(/a file is in the place of the folder/);
  expect(() => writeFiles(join(folder, 'none'), { a: '' })).toThrow(/no such file or folder/);
  expect(() => writeFiles(folder, { folder: '' })).toThrow(/cannot write .*folder: it is a folder, not a file/);
  expect(content()).toEqual({ file: '', folder: '/' });
});

it('makes folders above the one asked for', () => {
  makeFolder(join(folder, 'a/b/c'));
  makeFolder(join(folder, 'a/b/c'));
  writeFiles(join(folder, 'a/b/c'), { x: '' });
  expect(content()).toEqual({ a: '/' });
});

it('refuses to read what is too large', () => {
  writeFileSync(join(folder, 'a'), '12345');
  expect(readFile(join(folder, 'a'), 5)).toHaveLength(5);
  expect(() => readFile(join(folder, 'a'), 4)).toThrow(/it has 5 bytes, at most 4 are allowed/);
});
