// Asks for the token that the server wants, or for another one.

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { tokenAsked, useToken } from '../state/api.js';

export function TokenForm({ why }: { why: NonNullable<typeof tokenAsked.value> }): JSX.Element {
  const wrong = why === 'wrong';
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = input.current!.value.trim();
    if (given !== '') useToken(given);
  };
  return (
    <section class="empty">
      <h1>{why === 'another' ? 'Another token' : 'This server wants a token'}</h1>
      <p>
        {why === 'another' ? (
          'It takes the place of the one that this tab has: one that may only read cannot submit or steer runs.'
        ) : (
          <>
            It was started with <code>METAPLAST_TOKEN</code>.
          </>
        )}{' '}
        The token stays in this tab and is forgotten when the tab is closed.
      </p>
      <form class="token" onSubmit={submit}>
        <label for="token">Token</label>
        <div class="row">
          <input
            id="token"
            ref={input}
            type="password"
            autocomplete="off"
            required
            minLength={16}
            aria-invalid={wrong}
            aria-describedby={wrong ? 'token-wrong' : undefined}
          />
          <button type="submit" class="primary">
            Continue
          </button>
          {why === 'another' && (
            <button
              type="button"
              onClick={() => {
                tokenAsked.value = undefined;
              }}
            >
              Keep the old one
            </button>
          )}
        </div>
        {wrong && (
          <p id="token-wrong" class="field-error" role="alert">
            The server refused this token.
          </p>
        )}
      </form>
    </section>
  );
}
