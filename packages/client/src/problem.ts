// What the server refuses, as an exception with the problem document's fields.

import type { FieldError, Problem, ProblemCode } from '@metaplast/protocol';

/** Thrown for every reply of status 400 and more. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** Stable; undefined if something else than the server answered, e.g. a proxy. */
  readonly code: ProblemCode | undefined;
  /** All fields that are wrong. */
  readonly errors: readonly FieldError[];
  /** Of a run whose state is in the way. */
  readonly state: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `the server answered with status ${status}`);
    this.status = status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
    this.state = problem.state;
    this.requestId = problem.requestId;
  }
}

/** The error of a reply that is none of success. */
export async function problemOf(reply: Response): Promise<ProblemError> {
  const isProblem = reply.headers.get('content-type')?.startsWith('application/problem+json');
  return new ProblemError(reply.status, isProblem ? ((await reply.json()) as Problem) : {});
}
