// The one client of the page, and what its requests tell about the server: whether it answers, and whether it wants a token.

import { Client } from '@metaplast/client';
import { computed, signal } from '@preact/signals';

const TOKEN_KEY = 'metaplast-token';

/** 'lost' while the server cannot be reached. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');

/** Set when a request was refused for want of a valid token: whether one had been given. */
export const tokenRefused = signal<'missing' | 'wrong' | undefined>(undefined);

const token = signal<string | undefined>(sessionStorage.getItem(TOKEN_KEY) ?? undefined);

/** A new one with each token; what depends on it asks again. */
export const client = computed(() => {
  const given = token.value;
  return new Client({ url: location.origin, fetch: watched(given), ...(given === undefined ? {} : { token: given }) });
});

/** Kept until the tab is closed. */
export function useToken(given: string): void {
  sessionStorage.setItem(TOKEN_KEY, given);
  tokenRefused.value = undefined;
  token.value = given;
}

/** fetch that keeps `connection` and `tokenRefused` up to date. */
const watched =
  (given: string | undefined): typeof fetch =>
  async (input, init) => {
    try {
      const reply = await fetch(input, init);
      connection.value = 'live';
      if (reply.status === 401) tokenRefused.value = given === undefined ? 'missing' : 'wrong';
      return reply;
    } catch (error) {
      if (!init?.signal?.aborted) connection.value = 'lost';
      throw error;
    }
  };
