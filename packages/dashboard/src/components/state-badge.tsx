// A run's state: a word, a colour and a shape.

import type { JSX } from 'preact';

export function StateBadge({ state }: { state: string }): JSX.Element {
  return (
    <span class={`state ${state}`}>
      <span class="dot" aria-hidden="true" />
      {state}
    </span>
  );
}
