// All runs of the server, newest first: a list once, then what changes. Kept while the page is open, followed while somebody looks.

import { type Client, ProblemError } from '@metaplast/client';
import type { RunSummary } from '@metaplast/protocol';
import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { client } from './api.js';
import { visible } from './visible.js';

/** Of a request; the first is for what is on the screen. */
const PAGE = 200;
const FIRST_PAGE = 50;
/** The list is drawn anew no more often, ms. */
const REDRAW_MS = 400;
const RETRY_MS = 1000;

export const runs = signal<readonly RunSummary[] | undefined>(undefined);
/** Whether `runs` are all there are, and not only the newest. */
export const runsComplete = signal(false);
export const runsError = signal<Error | undefined>(undefined);

const known = new Map<string, RunSummary>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Follows the runs while the calling component is shown. */
export function useRuns(): void {
  const from = client.value;
  const isVisible = visible.value;
  useLayoutEffect(() => {
    if (!isVisible) return;
    const stop = new AbortController();
    void follow(from, stop.signal);
    return () => stop.abort();
  }, [from, isVisible]);
}

async function follow(from: Client, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      const position = await list(from, stop);
      runsError.value = undefined;
      for await (const { event, data } of from.changes({ since: position, signal: stop })) {
        if (event === 'run') known.set(data.id, data);
        else if (event === 'run-deleted') known.delete(data.id);
        else continue;
        timer ??= setTimeout(publish, REDRAW_MS);
      }
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof ProblemError) runsError.value = error;
      if (error instanceof ProblemError && error.status === 401) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Loads all pages, the newest at once; returns the position that changes go on from. */
async function list(from: Client, stop: AbortSignal): Promise<number> {
  const found = new Map<string, RunSummary>();
  let position: number | undefined;
  let cursor: string | undefined;
  do {
    const page = await from.list({ limit: cursor === undefined ? FIRST_PAGE : PAGE, ...(cursor === undefined ? {} : { cursor }) });
    stop.throwIfAborted();
    // Changes since the first page may be in later ones already: hearing of them twice does no harm.
    position ??= page.position;
    for (const run of page.runs) found.set(run.id, run);
    cursor = page.nextCursor ?? undefined;
    if (runs.peek() === undefined) runs.value = [...found.values()];
  } while (cursor !== undefined);
  known.clear();
  for (const [id, run] of found) known.set(id, run);
  runsComplete.value = true;
  publish();
  return position;
}

function publish(): void {
  clearTimeout(timer);
  timer = undefined;
  runs.value = [...known.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}
