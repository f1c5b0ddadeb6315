// Instead of data: it is on its way, or cannot be had.

import type { JSX } from 'preact';
import { messageOf } from '../state/notices.js';

export function Loading({ what }: { what: string }): JSX.Element {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      Loading {what} …
    </p>
  );
}

export function Trouble({ error }: { error: Error }): JSX.Element {
  return (
    <p class="trouble" role="alert">
      {messageOf(error)}
    </p>
  );
}

/** The data's place while there is none. */
export function Waiting({ what, error }: { what: string; error: Error | undefined }): JSX.Element {
  return error ? <Trouble error={error} /> : <Loading what={what} />;
}
