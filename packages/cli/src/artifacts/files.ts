// Files are read with a size limit, and written all or nothing: first beside their place, then renamed into it.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileError, InputError } from '../errors.js';

/** Reads a file of at most `limit` bytes; throws InputError. */
export function readFile(path: string, limit: number): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > limit) throw new InputError(`cannot read ${path}: it has ${size} bytes, at most ${limit} are allowed`);
    return readFileSync(path);
  } catch (error) {
    throw error instanceof InputError ? error : fileError('read', path, error);
  }
}

/** Makes the folder and those above it, one by one (mkdir's own recursion never ends in /proc); throws InputError. */
export function makeFolder(path: string): void {
  try {
    if (isFolder(path)) return;
    if (dirname(path) !== path) makeFolder(dirname(path));
    mkdirSync(path);
  } catch (error) {
    throw error instanceof InputError ? error : fileError('make the folder', path, error);
  }
}

/**
 * Writes files into a folder that exists. Unless all of them could be written to the disk, none takes its place and none that
 * was there is touched; throws InputError.
 */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const names = Object.keys(files);
  const temporary = (name: string): string => join(folder, `.${name}.${process.pid}.tmp`);
  let writing = '';
  try {
    for (const name of names) {
      writing = name;
      if (isFolder(join(folder, name))) throw Object.assign(new Error(), { code: 'EISDIR' }); // renaming would find it out too late
      writeThrough(temporary(name), files[name]!);
    }
    for (const name of names) {
      writing = name;
      renameSync(temporary(name), join(folder, name));
    }
  } catch (error) {
    throw fileError('write', join(folder, writing), error);
  } finally {
    for (const name of names) removeQuietly(temporary(name));
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Throws InputError for a file that is there, unless it may be overwritten. */
export function requireNew(path: string, force: boolean | undefined): void {
  if (existsSync(path) && !force) throw new InputError(`${path} exists; --force overwrites it`);
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that led here says what is wrong with the folder.
  }
}

function writeThrough(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
