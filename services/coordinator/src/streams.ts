// All event streams that are open: they end with an event when the server stops.

import type { FastifyReply } from 'fastify';
import { EventStream, type Source } from './event-stream.js';

export class Streams {
  readonly #open = new Set<Pick<EventStream<unknown>, 'leave' | 'send'>>();

  get size(): number {
    return this.#open.size;
  }

  /** Takes the reply over, and follows the source from a place on. */
  open<Cursor>(reply: FastifyReply, source: Source<Cursor>, cursor: Cursor, onClose: () => void = () => {}): EventStream<Cursor> {
    const stream: EventStream<Cursor> = new EventStream(reply, source, cursor, () => {
      this.#open.delete(stream);
      onClose();
    });
    if (!reply.raw.writableEnded) this.#open.add(stream);
    return stream;
  }

  leave(): void {
    for (const stream of this.#open) stream.leave();
  }
}
