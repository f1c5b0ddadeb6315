// What a user sees when something goes wrong: one line on stderr (one a field for a refused spec), and an exit code.

import { printable } from './printable.js';

/** ok, the run failed, input or environment are bad, stopped by the user. */
export const EXIT = { ok: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Something is wrong with what the user gave or with the place it is to be written to. The message is one line. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The text and exit code for whatever was thrown; the text begins with the program's name. */
export function describeFailure(error: unknown): { text: string; exitCode: number } {
  const text = process.env.METAPLAST_DEBUG && error instanceof Error ? (error.stack ?? error.message) : message(error);
  return { text: `metaplast: ${text}`, exitCode: isBadInput(error) ? EXIT.badInput : EXIT.failed };
}

/** By name: a command loads only the packages that it needs. */
const BAD_INPUT: readonly string[] = ['InputError', 'ValidationError', 'StoreError', 'RedisSetupError', 'EngineSetupError'];

const isBadInput = (error: unknown): boolean => error instanceof Error && BAD_INPUT.includes(error.name);

/** One line, except for a ValidationError, which has one for each field. */
function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = error instanceof Error && error.name === 'ValidationError' ? text.split('\n') : [text.replaceAll(/\s*\n\s*/g, ' ')];
  return lines.map(printable).join('\n');
}

const FILE_ERRORS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than allowed',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is in the place of the folder',
  EISDIR: 'it is a folder, not a file',
};

/** An InputError for a failed file operation, such as "cannot write out/x: the disk is full". */
export function fileError(action: string, path: string, error: unknown): InputError {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return new InputError(`cannot ${action} ${path}: ${FILE_ERRORS[code] ?? message}`, { cause: error });
}
