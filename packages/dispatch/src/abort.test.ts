import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { unlessAborted } from './abort.js';

it('waits for a promise unless the signal is aborted, and leaves no listener behind', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  expect(await unlessAborted(signal, Promise.resolve(1), 'over')).toBe(1);
  await expect(unlessAborted(signal, Promise.reject(new Error('no')), 'over')).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const waiting = unlessAborted(signal, new Promise(() => {}), 'over');
  controller.abort();
  expect(await waiting).toBe('over');
  expect(await unlessAborted(signal, Promise.resolve(1), 'over')).toBe('over');
  // An unhandled rejection would fail the test.
  expect(await unlessAborted(signal, Promise.reject(new Error('too late')), 'over')).toBe('over');
});
