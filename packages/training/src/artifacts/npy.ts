// .npy arrays: a magic string, a header that is a Python dictionary, and the elements. Only what θ files hold: float32 vectors,
// and single int64s and strings (UTF-32, as numpy's <U).
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

import { bytesOf, floatsOf } from '@metaplast/protocol';
import { FormatError } from './record.js';

/** Magic and version 1.0; two bytes header length follow. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0] as const;
const PREFIX = MAGIC.length + 2;
/** Elements begin at a multiple of this. */
const ALIGNMENT = 64;

export type NpyValue = Float32Array | bigint | string;

export function encodeNpy(value: NpyValue): Uint8Array {
  if (value instanceof Float32Array) return assemble('<f4', `(${value.length},)`, bytesOf(value));
  if (typeof value === 'bigint') return assemble('<i8', '()', new Uint8Array(BigInt64Array.of(value).buffer));
  const codes = Uint32Array.from([...value], (c) => c.codePointAt(0)!);
  return assemble(`<U${codes.length}`, '()', new Uint8Array(codes.buffer));
}

/** Throws FormatError for anything that encodeNpy (or numpy, of the same values) does not write. */
export function decodeNpy(bytes: Uint8Array): NpyValue {
  if (bytes.length < PREFIX || MAGIC.some((byte, i) => bytes[i] !== byte)) throw new FormatError('is corrupt: an array has no npy header');
  const start = PREFIX + bytes[8]! + 256 * bytes[9]!;
  const header = String.fromCharCode(...bytes.subarray(PREFIX, start));
  const [, type = '', size = ''] = /'descr': '<([fiU])(\d{1,7})'/.exec(header) ?? [];
  const [, shape = ''] = /'shape': \((\d{0,7}),?\)/.exec(header) ?? [];
  const count = Number(shape || 1);
  const data = bytes.subarray(start);
  const expected = count * Number(size) * (type === 'U' ? 4 : 1);
  if (!header.includes("'fortran_order': False") || data.length !== expected) {
    throw new FormatError(`is corrupt: an array has ${data.length} bytes, not the ${expected} of its header`);
  }
  if (type === 'f' && size === '4' && shape !== '') return floatsOf(data);
  if (type === 'i' && size === '8' && shape === '') return new DataView(data.buffer, data.byteOffset, 8).getBigInt64(0, true);
  if (type === 'U' && shape === '') return decodeString(data);
  throw new FormatError('is not a θ file: an array is of another type or shape');
}

function assemble(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const start = Math.ceil((PREFIX + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${dictionary.padEnd(start - PREFIX - 1)}\n`;
  const bytes = new Uint8Array(start + data.length);
  bytes.set([...MAGIC, header.length % 256, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), PREFIX);
  bytes.set(data, start);
  return bytes;
}

function decodeString(data: Uint8Array): string {
  const codes = new Uint32Array(Uint8Array.from(data).buffer);
  if (codes.some((code) => code > 0x10ffff)) throw new FormatError('is corrupt: a string holds what is no character');
  return Array.from(codes, (code) => String.fromCodePoint(code)).join('');
}
