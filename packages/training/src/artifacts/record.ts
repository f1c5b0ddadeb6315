// What stands in a θ file of any format, before it is checked: see theta.ts.

/** What stands beside θ, all strings. */
export interface ThetaRecord {
  /** Resolved spec, JSON. */
  spec: string;
  seed: string;
  /** Updates made. */
  generation: string;
  /** Identity of the kernel that θ was trained with. */
  kernel: string;
  /** Of θ's bytes. */
  sha256: string;
  /** Of a fork: where it started, JSON. */
  forkedFrom?: string;
  /** Of the fields above, each followed by a line feed. */
  record_sha256: string;
}

/** Those that every θ file has. */
export const RECORD_FIELDS = ['spec', 'seed', 'generation', 'kernel', 'sha256', 'record_sha256'] as const satisfies (keyof ThetaRecord)[];

export interface RawThetaFile {
  theta: Float32Array;
  record: ThetaRecord;
}

/** A file is not what it should be. The message is one line that goes on after the file's name. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
