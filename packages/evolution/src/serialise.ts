// A state as bytes, and back. Little-endian, in this order:
//
//   'MPES' · u32 version · u32 optimiser (index into KINDS) · u32 generation · u32 length of θ
//   f64 powers · f32 θ · f64 moments, one after the other · sha256 of all that

import { sha256 } from '@noble/hashes/sha2.js';
import { OPTIMISERS } from './optimisers/registry.js';
import type { EsState } from './state.js';

const MAGIC = 0x5345504d; // 'MPES'
const VERSION = 1;
/** Never reordered: the index is in the files. */
const KINDS = ['adam', 'sgd'] as const;
const HEADER_BYTES = 20;
const HASH_BYTES = 32;

/** Bytes are not a state: something else, cut short, changed on the way, or of a newer version. The message says which. */
export class StateFormatError extends Error {
  override readonly name = 'StateFormatError';
}

/** Bytes of a state that is not necessarily there, before the hash. */
function bodyBytes(kind: (typeof KINDS)[number], length: number): number {
  const { moments, powers } = OPTIMISERS[kind];
  return HEADER_BYTES + 8 * powers + (4 + 8 * moments) * length;
}

export function serialise({ generation, theta, optimiser }: EsState): Uint8Array {
  const size = bodyBytes(optimiser.kind, theta.length);
  const bytes = new Uint8Array(size + HASH_BYTES);
  const view = new DataView(bytes.buffer);
  [MAGIC, VERSION, KINDS.indexOf(optimiser.kind), generation, theta.length].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  let at = HEADER_BYTES;
  const putDoubles = (values: Iterable<number>): void => {
    for (const value of values) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  };
  putDoubles(optimiser.powers);
  for (const value of theta) {
    view.setFloat32(at, value, true);
    at += 4;
  }
  for (const moment of optimiser.moments) putDoubles(moment);
  bytes.set(sha256(bytes.subarray(0, size)), size);
  return bytes;
}

/** The state that serialise() made the bytes from; throws StateFormatError, and nothing else, on all other bytes. */
export function deserialise(bytes: Uint8Array): EsState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { kind, generation, length } = readHeader(view);
  const size = bodyBytes(kind, length);
  if (bytes.length !== size + HASH_BYTES) {
    throw new StateFormatError(`a state of ${length} parameters with ${kind} has ${size + HASH_BYTES} bytes, got ${bytes.length}`);
  }
  const hash = sha256(bytes.subarray(0, size));
  if (!hash.every((byte, i) => byte === bytes[size + i])) throw new StateFormatError('the state is corrupt: its hash does not match');
  let at = HEADER_BYTES;
  const takeDouble = (): number => {
    at += 8;
    return view.getFloat64(at - 8, true);
  };
  const takeSingle = (): number => {
    at += 4;
    return view.getFloat32(at - 4, true);
  };
  const powers = Array.from({ length: OPTIMISERS[kind].powers }, takeDouble);
  const theta = Float32Array.from({ length }, takeSingle);
  const moments = Array.from({ length: OPTIMISERS[kind].moments }, () => Float64Array.from({ length }, takeDouble));
  if (![powers, theta, ...moments].every((values) => values.every(Number.isFinite))) {
    throw new StateFormatError('the state holds numbers that are not finite');
  }
  return { generation, theta, optimiser: { kind, moments, powers } };
}

function readHeader(view: DataView): { kind: (typeof KINDS)[number]; generation: number; length: number } {
  if (view.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new StateFormatError('these bytes are not a state');
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw new StateFormatError(`the state has format version ${version}, this program reads ${VERSION}`);
  const kind = KINDS[view.getUint32(8, true)];
  if (kind === undefined) throw new StateFormatError('the state is of an unknown optimiser');
  const length = view.getUint32(16, true);
  if (length === 0) throw new StateFormatError('the state has no parameters');
  return { kind, generation: view.getUint32(12, true), length };
}
