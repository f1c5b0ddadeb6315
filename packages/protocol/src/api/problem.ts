// Errors of the HTTP API: problem documents (RFC 9457), and the codes that programs can rely on.

import Type, { type Static } from 'typebox';

/** Code → HTTP status and title. `type` of a problem is "urn:metaplast:problem:" and the code. */
export const PROBLEMS = {
  'bad-request': [400, 'The request cannot be understood'],
  'invalid-fields': [400, 'Fields are invalid'],
  unauthorized: [401, 'A valid bearer token is needed'],
  'forbidden-origin': [403, 'Host or Origin are not this server’s'],
  'forbidden-scope': [403, 'The token may only read'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'The resource has no such method'],
  'state-conflict': [409, 'The run’s state does not allow it'],
  'kernel-conflict': [409, 'The run was made with another kernel'],
  'precondition-failed': [412, 'It was changed since it was read'],
  'too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body’s type is not supported'],
  'range-not-satisfiable': [416, 'The range is not within the file'],
  'key-reused': [422, 'The Idempotency-Key was used for another request'],
  'too-many-requests': [429, 'Too many requests'],
  internal: [500, 'The server failed'],
  unavailable: [503, 'Not available at this moment'],
} as const satisfies Record<string, readonly [status: number, title: string]>;
export type ProblemCode = keyof typeof PROBLEMS;

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:metaplast:problem: and the code' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.Union(
      Object.keys(PROBLEMS).map((code) => Type.Literal(code)),
      { description: 'stable' },
    ),
    detail: Type.String({ description: 'what is wrong, in a sentence' }),
    requestId: Type.String({ description: 'as in the server’s log' }),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String({ description: 'JSON pointer of the field' }), detail: Type.String() }), {
        description: 'all fields that are wrong',
      }),
    ),
    state: Type.Optional(Type.String({ description: 'of a run or an evaluation whose state is in the way' })),
  },
  { additionalProperties: false, description: 'RFC 9457 problem details' },
);
export type Problem = Omit<Static<typeof Problem>, 'code'> & { code: ProblemCode };
