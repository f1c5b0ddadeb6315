// Figures, drawn in a thread and kept for a while: asking again for what has not changed costs nothing.

import { createHash } from 'node:crypto';
import { thetaSha256 } from '@metaplast/training';
import { Piscina } from 'piscina';
import { ApiError } from '../plugins/problems.js';
import type { FigureRequest } from './request.js';

/** Figures kept. */
const KEPT = 64;
/** Drawings that may wait. */
const WAITING = 16;
/** Time limit of a drawing and of its wait for those before it, ms: a rule of the largest size, trained for the longest time, takes longer. */
const LIMIT_MS = 60_000;
/** The thread ends when it had nothing to do for so long, ms. */
const IDLE_MS = 30_000;

/** Piscina's error when the queue is full. */
const FULL = 'Task queue is at limit';

export class Figures {
  readonly #threads = new Piscina<FigureRequest, string | Uint8Array>({
    filename: new URL('./draw.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: WAITING,
    idleTimeout: IDLE_MS,
  });
  readonly #drawn = new Map<string, Promise<Buffer>>();

  /** The same for the same figure. */
  etag({ theta, ...request }: FigureRequest): string {
    const text = JSON.stringify({ ...request, theta: thetaSha256(theta) });
    return `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"`;
  }

  /** Throws ApiError 'unavailable' when there is too much to draw. */
  draw(request: FigureRequest): Promise<Buffer> {
    const etag = this.etag(request);
    const known = this.#drawn.get(etag);
    // Put last again: the one that was not asked for the longest goes first.
    this.#drawn.delete(etag);
    const drawing = known ?? this.#draw(request);
    this.#drawn.set(etag, drawing);
    if (this.#drawn.size > KEPT) this.#drawn.delete(this.#drawn.keys().next().value!);
    drawing.catch(() => this.#drawn.delete(etag));
    return drawing;
  }

  async close(): Promise<void> {
    await this.#threads.destroy();
  }

  async #draw(request: FigureRequest): Promise<Buffer> {
    const limit = AbortSignal.timeout(LIMIT_MS);
    try {
      return Buffer.from((await this.#threads.run(request, { signal: limit })) as string);
    } catch (error) {
      if (limit.aborted) throw new ApiError('unavailable', `the figure was not drawn within ${LIMIT_MS / 1000} s, with those before it`);
      if (error instanceof Error && error.message === FULL) throw new ApiError('unavailable', 'many figures are being drawn');
      throw error;
    }
  }
}
