// Server-sent events over a connection that may break at any time: the stream is opened again where it stopped.

import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ProblemError } from './problem.js';

/** An event of a stream whose data are M: discriminated by `event`. `id` is the position after it. */
export type StreamEvent<M> = { [K in keyof M]: { event: K; id: string; data: M[K] } }[keyof M];

export interface FollowOptions {
  /** Ends the iteration with the signal's reason. */
  signal?: AbortSignal;
  /** Called each time the connection was lost or refused, with why and the pause before the next try, ms. */
  onLost?: (error: unknown, pauseMs: number) => void;
  /** Called when a connection is made again after that. */
  onBack?: () => void;
}

/** Pauses grow from the first to the second while the server stays away, ms. */
const PAUSE_MS = [500, 10_000] as const;
/** The server sends something at least every 15 s: a connection that is silent for so long is dead, ms. */
const SILENCE_MS = 45_000;

/**
 * Yields all events once and in order, until one that is named `end`. `open` starts a stream after an event id. A server that cannot
 * be reached, or says that it is not available, is asked again for as long as it takes; other ProblemErrors are thrown on.
 */
export async function* follow<M>(
  open: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>,
  { signal, onLost = () => {}, onBack = () => {} }: FollowOptions,
): AsyncGenerator<StreamEvent<M>, void> {
  let last: string | undefined;
  for (let lost = 0; ; ) {
    signal?.throwIfAborted();
    let cause: unknown = new Error('the stream was cut');
    try {
      for await (const event of connection<M>((own) => open(last, own), signal)) {
        if (lost > 0) onBack();
        lost = 0;
        if (event === 'open') continue;
        if (event.id !== '') last = event.id;
        if (event.event === 'stopping') cause = new Error('the server stops');
        else yield event;
        if (event.event === 'end') return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ProblemError && !error.passes) throw error;
      cause = error;
    }
    const [first, longest] = PAUSE_MS;
    const asked = cause instanceof ProblemError ? (cause.retryAfter ?? 0) * 1000 : 0;
    const pause = Math.max(asked, Math.min(longest, first * 2 ** lost) * (0.5 + Math.random() / 2));
    lost++;
    onLost(cause, pause);
    await sleep(pause, signal);
  }
}

/** The events of one connection, after 'open' when it stands. https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* connection<M>(
  open: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal | undefined,
): AsyncGenerator<'open' | StreamEvent<M>, void> {
  const silence = new AbortController();
  const dead = (): void => silence.abort(new Error(`nothing was heard for ${SILENCE_MS / 1000} s`));
  let timer = setTimeout(dead, SILENCE_MS);
  const heard = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      clearTimeout(timer);
      timer = setTimeout(dead, SILENCE_MS);
      controller.enqueue(chunk);
    },
  });
  const own = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    const reply = await open(own);
    yield 'open';
    const text = reply.body!.pipeThrough(heard).pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
    const reader = text.pipeThrough(new EventSourceParserStream()).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield { event: value.event, id: value.id ?? '', data: JSON.parse(value.data) } as StreamEvent<M>;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  } finally {
    clearTimeout(timer);
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
