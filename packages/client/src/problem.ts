// What the server refuses, as an exception with the problem document's fields.

import type { FieldError, Problem, ProblemCode } from '@metaplast/protocol';

/** Thrown for every reply of status 400 and more, and for replies that are not this API's. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** Stable; undefined if something else than the server answered, e.g. a proxy. */
  readonly code: ProblemCode | undefined;
  /** All fields that are wrong. */
  readonly errors: readonly FieldError[];
  /** Of a run whose state is in the way. */
  readonly state: string | undefined;
  /** As in the server's log. */
  readonly requestId: string | undefined;
  /** When it may be worth to ask again, s. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfter?: number) {
    super(problem.detail ?? `something that is not metaplast answered, with status ${status}`);
    this.status = status;
    this.code = problem.code;
    this.errors = problem.errors ?? [];
    this.state = problem.state;
    this.requestId = problem.requestId;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later: the server is busy, starting, or waits for Redis. */
  get passes(): boolean {
    return [429, 502, 503, 504].includes(this.status);
  }
}

/** The error of a reply that is none of success. */
export async function problemOf(reply: Response): Promise<ProblemError> {
  const seconds = Number(reply.headers.get('retry-after') ?? Number.NaN);
  const isProblem = reply.headers.get('content-type')?.startsWith('application/problem+json');
  const problem = isProblem ? ((await reply.json().catch(() => ({}))) as Problem) : {};
  if (!isProblem) await reply.body?.cancel();
  return new ProblemError(reply.status, problem, Number.isFinite(seconds) ? seconds : undefined);
}
