// A chunk on its way to a thread. Structured cloning of the spec took longer than all the rest of the transfer, so it travels as JSON:
// written once for each spec object, parsed once in each thread.

import type { Chunk, RunSpec, Work } from '@metaplast/protocol';

type WithoutSpec<T> = T extends Work ? Omit<T, 'spec'> : never;

/** A chunk in its form between threads: its work without the spec, and the spec as JSON. */
export interface Parcel {
  work: WithoutSpec<Work>;
  spec: string;
  first: number;
  count: number;
}

/** Specs that a thread remembers. */
const KEPT = 16;

const texts = new WeakMap<RunSpec, string>();
const specs = new Map<string, RunSpec>();

export function pack({ work: { spec, ...work }, first, count }: Chunk): Parcel {
  const text = texts.get(spec) ?? JSON.stringify(spec);
  texts.set(spec, text);
  return { work, spec: text, first, count };
}

export function unpack({ work, spec: text, first, count }: Parcel): Chunk {
  const spec = specs.get(text) ?? (JSON.parse(text) as RunSpec);
  specs.set(text, spec);
  if (specs.size > KEPT) specs.delete(specs.keys().next().value!);
  return { work: { ...work, spec } as Work, first, count };
}
