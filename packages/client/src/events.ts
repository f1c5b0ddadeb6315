// A run's events over a connection that may break at any time: the stream is opened again where it stopped.

import type { RunEvents } from '@metaplast/protocol';
import { ProblemError } from './problem.js';

export type RunEvent = { [K in keyof RunEvents]: { event: K; id: string; data: RunEvents[K] } }[keyof RunEvents];

/** Pause before the stream is opened again, ms. */
const PAUSE_MS = 1000;

/** Yields all events once and in order, up to and including `end`. `open` starts a stream after an event id; ProblemErrors are thrown on. */
export async function* follow(
  open: (lastEventId: string | undefined) => Promise<Response>,
  signal?: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  let last: string | undefined;
  for (;;) {
    signal?.throwIfAborted();
    try {
      for await (const event of parse(await open(last))) {
        last = event.id;
        if (event.event !== 'stopping') yield event;
        if (event.event === 'end') return;
      }
    } catch (error) {
      const passing = !(error instanceof ProblemError) || error.status === 503 || error.status === 429;
      if (!passing || signal?.aborted) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** The events of one connection. https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* parse(reply: Response): AsyncGenerator<RunEvent, void> {
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let text = ''; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + value).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? ['', '']));
        if (fields.data !== undefined) yield { event: fields.event, id: fields.id, data: JSON.parse(fields.data) } as RunEvent;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
