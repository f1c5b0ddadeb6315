// Short messages about what the user did: read out by screen readers, gone after a while; errors stay until they are closed.

import { signal } from '@preact/signals';

export interface Notice {
  id: number;
  kind: 'done' | 'error';
  text: string;
}

const SHOWN_MS = 5000;
let next = 1;

export const notices = signal<readonly Notice[]>([]);

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function say(kind: Notice['kind'], text: string): void {
  const id = next++;
  notices.value = [...notices.value.slice(-3), { id, kind, text }];
  if (kind === 'done') setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Does what the user asked for and says how it went; undefined if it failed. */
export async function attempt<T>(act: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await act();
    if (done !== undefined) say('done', done);
    return result;
  } catch (error) {
    say('error', messageOf(error));
    return undefined;
  }
}

/** What went wrong, for people. */
export function messageOf(error: unknown): string {
  if (error instanceof TypeError) return 'The server cannot be reached.';
  const text = error instanceof Error ? error.message : String(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
