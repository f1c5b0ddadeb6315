// What travels through Redis, as bytes. A spec is stored once a run, a θ once a work; jobs are a few numbers. Whatever is read is
// checked: another version of the program may have written it. Numbers are little-endian, as every machine that Node runs on.

import { createHash } from 'node:crypto';
import { thetaLength } from '@metaplast/kernel';
import {
  BASELINE_KINDS,
  type ChunkResult,
  floatsOf,
  type RunSpec,
  resolveSpec,
  SUBSTITUTES,
  type TrialWork,
  ValidationError,
  type Work,
} from '@metaplast/protocol';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ProtocolError } from './errors.js';
import { PROTOCOL_VERSION } from './identity.js';

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const positive = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const text = Type.String({ minLength: 1, maxLength: 400 });

/** A job: which items of which work. */
const JobData = Type.Object({
  version: Type.Literal(PROTOCOL_VERSION),
  run: text,
  epoch: count,
  work: text,
  chunk: count,
  first: count,
  count: positive,
  /** Given out before: see RedisWorker. */
  again: Type.Optional(Type.Boolean()),
});
export type JobData = Static<typeof JobData>;

const common = { version: Type.Literal(PROTOCOL_VERSION), kernel: text, announcements: text, spec: text, generation: count };

/** A work without its spec and θ. */
const Head = Type.Union([
  Type.Object({ ...common, kind: Type.Literal('generation'), sigma: Type.Number() }),
  Type.Object({
    ...common,
    kind: Type.Literal('trials'),
    domain: count,
    trials: positive,
    measureAfter: Type.Optional(Type.Array(count, { minItems: 1, maxItems: 2001 })),
    learner: Type.Union([
      Type.Object({ kind: Type.Literal('rule'), substitute: Type.Optional(Type.Enum([...SUBSTITUTES])) }),
      Type.Object({
        kind: Type.Enum([...BASELINE_KINDS]),
        settings: Type.Array(Type.Array(Type.Number(), { maxItems: 8 }), { minItems: 1, maxItems: 1000 }),
      }),
    ]),
  }),
]);
export type Head = Static<typeof Head>;
const checkedHead = checker(Head, 'work');

/** A work as it is stored. */
export interface EncodedWork {
  head: string;
  theta: Buffer;
  spec: string;
  specSha256: string;
}

export function encodeWork(work: Work, kernel: string, announcements: string): EncodedWork {
  const spec = JSON.stringify(work.spec);
  const specSha256 = createHash('sha256').update(spec).digest('hex');
  const { kind, generation } = work;
  const base = { version: PROTOCOL_VERSION, kernel, announcements, spec: specSha256, generation } as const;
  if (kind === 'generation') {
    const head: Head = { ...base, kind, sigma: work.sigma };
    return { head: JSON.stringify(head), theta: bufferOf(work.theta), spec, specSha256 };
  }
  const { domain, trials, measureAfter, learner } = work;
  const head: Head = { ...base, kind, domain, trials, ...(measureAfter && { measureAfter }), learner: withoutTheta(learner) };
  return { head: JSON.stringify(head), theta: learner.kind === 'rule' ? bufferOf(learner.theta) : Buffer.alloc(0), spec, specSha256 };
}

function withoutTheta(learner: TrialWork['learner']): Extract<Head, { kind: 'trials' }>['learner'] {
  if (learner.kind !== 'rule') return learner;
  const { theta: _, ...rest } = learner;
  return rest;
}

/** Throws ProtocolError, also for the functions below. */
export const decodeJob = checker(JobData, 'job');

export function decodeHead(json: string): Head {
  return checkedHead(parse(json, 'work'));
}

export function decodeSpec(json: string): RunSpec {
  try {
    return resolveSpec(parse(json, 'spec'));
  } catch (cause) {
    if (cause instanceof ValidationError) throw new ProtocolError(`spec in Redis is not valid: ${cause.message}`, { cause });
    throw cause;
  }
}

export function decodeWork(head: Head, thetaBytes: Buffer, spec: RunSpec): Work {
  const theta = (): Float32Array => {
    const expected = thetaLength(spec.rule.hidden);
    if (thetaBytes.length !== 4 * expected) throw new ProtocolError(`θ in Redis has ${thetaBytes.length} bytes, not ${4 * expected}`);
    return floatsOf(thetaBytes);
  };
  const { generation } = head;
  if (head.kind === 'generation') return { kind: 'generation', spec, generation, sigma: head.sigma, theta: theta() };
  const learner = head.learner.kind === 'rule' ? { ...head.learner, theta: theta() } : head.learner;
  const { domain, trials, measureAfter } = head;
  return { kind: 'trials', spec, domain, generation, trials, ...(measureAfter && { measureAfter }), learner };
}

const ResultHeader = Type.Object({ busyMs: Type.Number({ minimum: 0 }), worker: text, engine: Type.Optional(text) });
const checkedHeader = checker(ResultHeader, 'result');

/** [length of the header: uint32][header: JSON][values: float32 …] */
export function encodeResult({ values, ...rest }: ChunkResult): Buffer {
  const header = Buffer.from(JSON.stringify(rest));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, bufferOf(values)]);
}

/** A chunk's result, which must have `length` values. */
export function decodeResult(bytes: Buffer, length: number): ChunkResult {
  const headerEnd = bytes.length >= 4 ? 4 + bytes.readUInt32LE() : Number.POSITIVE_INFINITY;
  if (bytes.length !== headerEnd + 4 * length) throw new ProtocolError(`a result in Redis has ${bytes.length} bytes, which does not fit`);
  const header = checkedHeader(parse(bytes.toString('utf8', 4, headerEnd), 'result'));
  return { values: floatsOf(bytes.subarray(headerEnd)), ...header };
}

/** As bytesOf(), as ioredis wants it. */
const bufferOf = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ProtocolError(`${what} in Redis is not JSON`, { cause });
  }
}

/** A check that is compiled once, for what comes with every chunk. Throws ProtocolError. */
function checker<T extends TSchema>(schema: T, what: string): (value: unknown) => Static<T> {
  const validator = Compile(schema);
  return (value) => {
    const { version } = (value ?? {}) as { version?: unknown };
    if (version !== undefined && version !== PROTOCOL_VERSION) {
      throw new ProtocolError(`${what} in Redis is of protocol ${String(version)}, this program speaks ${PROTOCOL_VERSION}`);
    }
    if (validator.Check(value)) return value as Static<T>;
    const error = validator.Errors(value)[0];
    throw new ProtocolError(`${what} in Redis is not what this program writes: ${error?.instancePath || '(all)'} ${error?.message ?? ''}`);
  };
}
