// The one client of the page, and what its requests tell about the server: whether it answers, and whether it wants a token.

import { Client, ProblemError } from '@metaplast/client';
import { computed, effect, signal } from '@preact/signals';
import { visible } from './visible.js';

const TOKEN_KEY = 'metaplast-token';
/** While the server cannot be reached, ms. */
export const RETRY_MS = 1000;
/** An answer to whether it is back that takes longer is not waited for, ms. */
const PROBE_MS = 5000;

/** 'lost' while the server cannot be reached. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');

/** Why a token is asked for: a request was refused for want of a valid one, or the user has another. */
export const tokenAsked = signal<'missing' | 'wrong' | 'another' | undefined>(undefined);

export const token = signal<string | undefined>(sessionStorage.getItem(TOKEN_KEY) ?? undefined);

/** A new one with each token; what depends on it asks again. */
export const client = computed(() => {
  const given = token.value;
  return new Client({ url: location.origin, fetch: watched(given), ...(given === undefined ? {} : { token: given }) });
});

/** Kept until the tab is closed. */
export function useToken(given: string): void {
  sessionStorage.setItem(TOKEN_KEY, given);
  tokenAsked.value = undefined;
  token.value = given;
}

/** When a request that failed is worth repeating, ms; undefined if it would fail again. */
export function retryMs(error: unknown): number | undefined {
  if (error instanceof TypeError) return RETRY_MS;
  return error instanceof ProblemError && error.passes ? Math.max(RETRY_MS, 1000 * (error.retryAfter ?? 0)) : undefined;
}

/** fetch that keeps `connection` and `tokenAsked` up to date. */
const watched =
  (given: string | undefined): typeof fetch =>
  async (input, init) => {
    try {
      const reply = await fetch(input, init);
      connection.value = 'live';
      if (reply.status === 401) tokenAsked.value = given === undefined ? 'missing' : 'wrong';
      return reply;
    } catch (error) {
      if (!init?.signal?.aborted) connection.value = 'lost';
      throw error;
    }
  };

// Also pages that ask for nothing by themselves hear that the server is back.
effect(() => {
  if (connection.value !== 'lost' || !visible.value) return;
  const probe = (): void => void watched(token.peek())('/healthz', { signal: AbortSignal.timeout(PROBE_MS) }).catch(() => {});
  const timer = setInterval(probe, RETRY_MS);
  return () => clearInterval(timer);
});
