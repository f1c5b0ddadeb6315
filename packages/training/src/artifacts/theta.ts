// A θ file: the rule's parameters with all that is needed to use them and to tell where they came from.
//
// Both formats carry the same record: spec, seed, generation, kernel, the sha256 of θ's bytes, of a fork where it started, and the
// sha256 of that record, so that a changed byte anywhere is noticed.

import { createHash } from 'node:crypto';
import { thetaLength } from '@metaplast/kernel';
import { type RunSpec, resolveSpec } from '@metaplast/protocol';
import type { ForkedFrom } from '../store/records.js';
import { thetaSha256 } from '../theta.js';
import { decodeNpz, encodeNpz } from './npz.js';
import { FormatError, type RawThetaFile, type ThetaRecord } from './record.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** θ after `generation` updates of the run that `spec` describes. */
export interface ThetaFile {
  spec: RunSpec;
  generation: number;
  /** Identity of the kernel that θ was trained with. */
  kernel: string;
  /** [thetaLength(spec.rule.hidden)], in the order of docs/files.md. */
  theta: Float32Array;
  /** Where the run started, if it is a fork. */
  forkedFrom?: ForkedFrom | null;
}

const ENCODERS = {
  '.safetensors': encodeSafetensors,
  '.npz': encodeNpz,
  '.json': encodeJson,
} as const;

/** θ file formats by file name extension. */
export const FORMATS = Object.keys(ENCODERS) as ThetaFormat[];
export type ThetaFormat = keyof typeof ENCODERS;

/** The bytes of a θ file; the same ones for the same θ. */
export function encodeTheta(file: ThetaFile, format: ThetaFormat): Uint8Array {
  return ENCODERS[format]({ theta: file.theta, record: recordOf(file) });
}

/** Reads and checks a .safetensors or .npz file (told apart by content); throws FormatError. */
export function decodeTheta(bytes: Uint8Array): ThetaFile {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return checked(isZip ? decodeNpz(bytes) : decodeSafetensors(bytes));
}

function recordOf({ spec, generation, kernel, theta, forkedFrom }: ThetaFile): ThetaRecord {
  const record = {
    spec: JSON.stringify(spec),
    seed: String(spec.seed),
    generation: String(generation),
    kernel,
    sha256: thetaSha256(theta),
    ...(forkedFrom && { forkedFrom: JSON.stringify(forkedFrom) }),
  };
  return { ...record, record_sha256: recordSha256(record) };
}

/** sha256 of the record's fields, each followed by a line feed. */
function recordSha256({ spec, seed, generation, kernel, sha256, forkedFrom }: Omit<ThetaRecord, 'record_sha256'>): string {
  const lines = [spec, seed, generation, kernel, sha256, ...(forkedFrom === undefined ? [] : [forkedFrom])].map((field) => `${field}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

function checked({ theta, record }: RawThetaFile): ThetaFile {
  if (record.record_sha256 !== recordSha256(record)) throw new FormatError('is corrupt: its record does not match its checksum');
  if (record.sha256 !== thetaSha256(theta)) throw new FormatError('is corrupt: θ does not match its checksum');
  const spec = parseSpec(record.spec);
  const expected = thetaLength(spec.rule.hidden);
  if (theta.length !== expected) {
    const shape = spec.rule.hidden.join(', ');
    throw new FormatError(`does not fit its own spec: θ has ${theta.length} numbers, a rule of hidden widths ${shape} has ${expected}`);
  }
  const generation = Number(record.generation);
  if (!/^\d{1,9}$/.test(record.generation) || record.seed !== String(spec.seed) || !/^[0-9a-f]{64}$/.test(record.kernel)) {
    throw new FormatError('is not a θ file of metaplast: seed, generation or kernel are malformed');
  }
  const origin = record.forkedFrom === undefined ? {} : { forkedFrom: parseOrigin(record.forkedFrom) };
  return { spec, generation, kernel: record.kernel, theta, ...origin };
}

function parseSpec(text: string): RunSpec {
  try {
    return resolveSpec(JSON.parse(text));
  } catch (cause) {
    throw new FormatError('is not a θ file of metaplast: its spec is invalid', { cause });
  }
}

function parseOrigin(text: string): ForkedFrom {
  try {
    const { run, generation, thetaSha256: sha256 } = JSON.parse(text) as ForkedFrom;
    if (typeof run === 'string' && Number.isSafeInteger(generation) && /^[0-9a-f]{64}$/.test(sha256)) {
      return { run, generation, thetaSha256: sha256 };
    }
  } catch {
    // Not JSON, or not an object.
  }
  throw new FormatError('is not a θ file of metaplast: where it was forked from is malformed');
}

/** For people and other programs; not read back. */
function encodeJson({ theta, record }: RawThetaFile): Uint8Array {
  const { spec, seed, generation, forkedFrom, ...rest } = record;
  const document = {
    ...rest,
    seed: Number(seed),
    generation: Number(generation),
    ...(forkedFrom === undefined ? {} : { forkedFrom: JSON.parse(forkedFrom) as unknown }),
    spec: JSON.parse(spec) as unknown,
    theta: [...theta],
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}
