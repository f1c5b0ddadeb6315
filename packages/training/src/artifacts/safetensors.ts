// theta.safetensors: 8 bytes header length (little-endian), a JSON header, then the float32 data of the one tensor "theta".
// Format: https://github.com/huggingface/safetensors#format

import { bytesOf, floatsOf } from '@metaplast/protocol';
import { FormatError, type RawThetaFile, RECORD_FIELDS, type ThetaRecord } from './record.js';

/** The data begins at a multiple of this. */
const ALIGNMENT = 8;

/** Header { __metadata__: record, theta: { dtype, shape, data_offsets } }, padded with spaces as the format asks for. */
export function encodeSafetensors({ theta, record }: RawThetaFile): Uint8Array {
  const entry = { dtype: 'F32', shape: [theta.length], data_offsets: [0, theta.byteLength] };
  const json = new TextEncoder().encode(JSON.stringify({ __metadata__: record, theta: entry }));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerLength + theta.byteLength).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  bytes.set(bytesOf(theta), 8 + headerLength);
  return bytes;
}

/** Throws FormatError. */
export function decodeSafetensors(bytes: Uint8Array): RawThetaFile {
  if (bytes.length < 8) throw new FormatError('is truncated or not a θ file: it is shorter than any header');
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8)) throw new FormatError('is truncated or not a θ file: its header does not fit into it');
  const start = 8 + Number(headerLength);
  const { __metadata__: metadata, theta: entry } = parseHeader(bytes.subarray(8, start));
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  const count = Array.isArray(shape) && shape.length === 1 && Number.isSafeInteger(shape[0]) ? (shape[0] as number) : -1;
  if (dtype !== 'F32' || count < 0 || !Array.isArray(offsets) || offsets[0] !== 0 || offsets[1] !== 4 * count) {
    throw new FormatError('is not a θ file: it has no float32 vector "theta"');
  }
  const length = start + 4 * count;
  if (bytes.length < length) throw new FormatError(`is truncated: it has ${bytes.length} of ${length} bytes`);
  if (bytes.length > length) throw new FormatError(`is corrupt: it has ${bytes.length} bytes, not ${length}`);
  for (const field of RECORD_FIELDS) {
    if (typeof metadata?.[field] !== 'string') throw new FormatError(`is not a θ file of metaplast: it has no metadata "${field}"`);
  }
  if (!['string', 'undefined'].includes(typeof metadata?.forkedFrom)) throw new FormatError('is not a θ file: its metadata are no strings');
  return { theta: floatsOf(bytes.subarray(start)), record: metadata as unknown as ThetaRecord };
}

interface Header {
  __metadata__?: Record<string, unknown> | null;
  theta?: { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null;
}

function parseHeader(bytes: Uint8Array): Header {
  try {
    return (JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Header | null) ?? {};
  } catch (cause) {
    throw new FormatError('is corrupt or not a θ file: its header is not JSON', { cause });
  }
}
