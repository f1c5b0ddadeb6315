// A stream of server-sent events that follows what the store holds, as fast as its client takes it.

import type { ServerResponse } from 'node:http';
import { StoreError } from '@metaplast/training';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import type { Changes } from './changes.js';

/** A comment is sent so often, so that nobody on the way thinks the connection dead, ms. */
const HEARTBEAT_MS = 15_000;
/** Batches that are kept for other streams at the same place: a large one has some 200 kB. */
const SHARED = 32;

/** The next events after a place, as they go over the wire, and the place after them. */
export interface Batch<Cursor> {
  text: string;
  cursor: Cursor;
  /** Nothing will ever follow. */
  last?: true;
}

export interface Source<Cursor> {
  /** Undefined as long as there is nothing. Throws when there will never be anything again. */
  read(cursor: Cursor): Batch<Cursor> | undefined;
  /** Calls back when there may be something; returns how to stop that. */
  listen(listener: () => void): () => void;
}

/** An event as text. Without an id, the client's position stays. */
export const eventText = (event: string, id: string | undefined, data: unknown): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** Reads once what many streams at the same place want, until something changes. */
export class Shared<Cursor> {
  readonly #changes: Changes;
  readonly #batches = new Map<string, Batch<Cursor> | undefined>();
  #version = -1;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  read(key: string, read: () => Batch<Cursor> | undefined): Batch<Cursor> | undefined {
    if (this.#version !== this.#changes.version || this.#batches.size >= SHARED) this.#batches.clear();
    this.#version = this.#changes.version;
    if (!this.#batches.has(key)) this.#batches.set(key, read());
    return this.#batches.get(key);
  }
}

export class EventStream<Cursor> {
  readonly #source: Source<Cursor>;
  readonly #out: ServerResponse;
  readonly #log: FastifyBaseLogger;
  readonly #stopListening: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #cursor: Cursor;
  #blocked = false;
  /** What came without a position while the client took nothing. */
  #late: string | undefined;

  /** Takes the reply over. */
  constructor(reply: FastifyReply, source: Source<Cursor>, cursor: Cursor, onClose: () => void) {
    // What the hooks have set, such as security headers, goes along.
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
    reply.hijack();
    const out = reply.raw;
    this.#source = source;
    this.#cursor = cursor;
    this.#out = out;
    this.#log = reply.log;
    out.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    out.write('retry: 1000\n\n');
    this.#heartbeat = setInterval(() => out.write(': \n\n'), HEARTBEAT_MS);
    this.#stopListening = source.listen(() => this.#advance());
    out.on('drain', () => {
      this.#blocked = false;
      if (this.#late !== undefined) this.#write(this.#late);
      this.#late = undefined;
      this.#advance();
    });
    out.on('close', () => {
      this.#close();
      onClose();
    });
    this.#advance();
  }

  /** Sends something that has no position; of several that a slow client has not taken, the newest. */
  send(event: string, data: unknown): void {
    if (this.#out.writableEnded) return;
    const text = eventText(event, undefined, data);
    if (this.#blocked) this.#late = text;
    else this.#write(text);
  }

  /** The server goes down; the client is to come back. */
  leave(): void {
    if (!this.#out.writableEnded) this.#write(eventText('stopping', undefined, {}));
    this.#end();
  }

  #advance(): void {
    try {
      while (!this.#blocked && !this.#out.writableEnded) {
        const batch = this.#source.read(this.#cursor);
        if (batch === undefined) return;
        this.#cursor = batch.cursor;
        this.#write(batch.text);
        if (batch.last) this.#end();
      }
    } catch (error) {
      // What is followed was deleted, or the store is gone: a stream that is cut says so.
      if (!(error instanceof StoreError)) this.#log.error({ err: error }, 'an event stream failed');
      this.#end();
    }
  }

  #write(text: string): void {
    if (!this.#out.write(text)) this.#blocked = true;
  }

  #end(): void {
    this.#close();
    this.#out.end();
  }

  #close(): void {
    clearInterval(this.#heartbeat);
    this.#stopListening();
  }
}
