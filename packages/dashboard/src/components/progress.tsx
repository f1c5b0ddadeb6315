// How far a run is.

import type { JSX } from 'preact';
import { whole } from '../format.js';

export function Progress({ done, of, state }: { done: number; of: number; state: string }): JSX.Element {
  const share = of === 0 ? 0 : done / of;
  return (
    <div class={`progress ${state}`}>
      <div class="track" role="progressbar" aria-label="Progress" aria-valuemin={0} aria-valuemax={of} aria-valuenow={done}>
        <div class="fill" style={{ width: `${100 * share}%` }} />
      </div>
      <span class="number">
        {whole(done)}
        <span class="muted"> / {whole(of)}</span>
      </span>
    </div>
  );
}
