// θ files on the disk: see @metaplast/training for what is in them.

import { basename, dirname, extname } from 'node:path';
import { KERNEL_IDENTITY } from '@metaplast/kernel';
import { decodeTheta, encodeTheta, FORMATS, FormatError, type ThetaFile } from '@metaplast/training';
import { InputError } from '../errors.js';
import { readFile, writeFiles } from './files.js';

/** Larger than any θ file: the largest rule has some 5 thousand parameters. */
const MAX_BYTES = 4 << 20;

/** Writes a θ file in the format of its extension; throws InputError. */
export function writeTheta(path: string, file: ThetaFile): void {
  const format = FORMATS.find((f) => f === extname(path));
  if (format === undefined) throw new InputError(`cannot write ${path}: its name must end in ${FORMATS.join(', ')}`);
  writeFiles(dirname(path), { [basename(path)]: encodeTheta(file, format) });
}

/** Reads and checks a .safetensors or .npz file (told apart by content); throws InputError. */
export function readTheta(path: string): ThetaFile {
  const bytes = readFile(path, MAX_BYTES);
  try {
    return decodeTheta(bytes);
  } catch (error) {
    if (error instanceof FormatError && bytes[0] === 0x7b)
      throw new InputError(`${path} is JSON, which is for other programs: use .safetensors or .npz`);
    if (error instanceof FormatError) throw new InputError(`${path} ${error.message}`, { cause: error });
    throw error;
  }
}

/** Throws InputError unless θ was trained with the kernel at hand. */
export function requireKernel(path: string, file: ThetaFile): void {
  if (file.kernel === KERNEL_IDENTITY) return;
  const kernels = `θ was trained with kernel ${file.kernel.slice(0, 12)}, this is kernel ${KERNEL_IDENTITY.slice(0, 12)}`;
  throw new InputError(`${path} belongs to another kernel: ${kernels}; results would not be the same`);
}
