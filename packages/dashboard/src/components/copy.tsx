// Text that is copied with a button.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../state/notices.js';
import { Icon } from './icon.js';

const SHOWN_MS = 1500;

export function CopyButton({ text, what }: { text: string; what: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Over plain HTTP on another machine browsers have no clipboard for pages.
      return say('error', 'This browser lets no page copy here: select the text instead.');
    }
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button type="button" class="icon" aria-label={copied ? 'Copied' : `Copy ${what}`} title={`Copy ${what}`} onClick={() => void copy()}>
      <Icon name={copied ? 'check' : 'copy'} />
    </button>
  );
}

export function Command({ text, what = 'command' }: { text: string; what?: string }): JSX.Element {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
