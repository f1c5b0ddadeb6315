// Fields that several resources of the HTTP API have.

import Type, { type TLiteral, type TProperties, type TSchema, type TUnion } from 'typebox';

export const object = <P extends TProperties>(properties: P, description: string) =>
  Type.Object(properties, { additionalProperties: false, description });

type Literals<T extends readonly string[]> = T extends readonly [infer First extends string, ...infer Rest extends readonly string[]]
  ? [TLiteral<First>, ...Literals<Rest>]
  : [];

/** One of several strings. */
export const oneOf = <const T extends readonly string[]>(values: T, description: string): TUnion<Literals<T>> =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { description },
  ) as unknown as TUnion<Literals<T>>;

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const Name = Type.String({ minLength: 1, maxLength: 120, description: 'what people call it' });
export const Notes = Type.String({ maxLength: 4000 });
export const Tag = Type.String({ minLength: 1, maxLength: 40, pattern: '^[\\w.:/-]+$' });
export const Tags = Type.Array(Tag, { maxItems: 20 });
export const Time = Type.String({ description: 'ISO 8601' });
export const Sha256 = Type.String({ description: 'of θ’s float32 bytes, little-endian; hexadecimal' });
export const Generation = Type.Integer({ minimum: 0, maximum: 1e6, description: 'number of updates' });
export const Cursor = Type.String({ maxLength: 200, pattern: '^[\\w-]+$', description: 'where the next page begins' });
export const Limit = Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'entries a page' });
