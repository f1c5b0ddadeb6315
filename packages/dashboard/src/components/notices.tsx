// What notices.ts holds, in a corner.

import type { JSX } from 'preact';
import { dismiss, notices } from '../state/notices.js';
import { Icon } from './icon.js';

export function Notices(): JSX.Element {
  return (
    <div class="notices">
      {notices.value.map(({ id, kind, text }) => (
        <div key={id} class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
          <span>{text}</span>
          <button type="button" class="icon" aria-label="Close" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
