// theta.npz, which numpy.load opens: a zip, not compressed, of the arrays theta, seed and generation (int64), and strings.

import { unzipSync, type Zippable, zipSync } from 'fflate';
import { decodeNpy, encodeNpy, type NpyValue } from './npy.js';
import { FormatError, type RawThetaFile, RECORD_FIELDS, type ThetaRecord } from './record.js';

/** Fixed, so that the same θ gives the same bytes; the first instant that a zip can name. */
const MODIFIED = new Date(1980, 0, 1);
/** No array of a θ file is larger, bytes. Keeps a small file from unpacking to a large one. */
const MAX_ARRAY = 4 << 20;
const INTEGERS: readonly string[] = ['seed', 'generation'];

export function encodeNpz({ theta, record }: RawThetaFile): Uint8Array {
  const files: Zippable = { 'theta.npy': encodeNpy(theta) };
  for (const [field, value] of Object.entries(record)) {
    files[`${field}.npy`] = encodeNpy(INTEGERS.includes(field) ? BigInt(value) : value);
  }
  return zipSync(files, { level: 0, mtime: MODIFIED });
}

/** Throws FormatError. */
export function decodeNpz(bytes: Uint8Array): RawThetaFile {
  const files = unzip(bytes);
  const read = (name: string): NpyValue => {
    const file = files[`${name}.npy`];
    if (file === undefined) throw new FormatError(`is not a θ file of metaplast: it has no array "${name}"`);
    return decodeNpy(file);
  };
  const theta = read('theta');
  if (!(theta instanceof Float32Array)) throw new FormatError('is not a θ file: it has no float32 vector "theta"');
  const fields = 'forkedFrom.npy' in files ? [...RECORD_FIELDS, 'forkedFrom'] : RECORD_FIELDS;
  const record = Object.fromEntries(fields.map((field) => [field, String(read(field))])) as unknown as ThetaRecord;
  return { theta, record };
}

function unzip(bytes: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter: ({ originalSize }) => originalSize <= MAX_ARRAY });
  } catch (cause) {
    throw new FormatError('is truncated or corrupt: it is no valid zip archive', { cause });
  }
}
