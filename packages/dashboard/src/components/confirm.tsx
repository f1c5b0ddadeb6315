// Asks before something is done that cannot be undone.

import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Question {
  title: string;
  text: string;
  /** What it is done to. */
  items?: readonly string[];
  /** What the button says that does it. */
  action: string;
  answer(yes: boolean): void;
}

const question = signal<Question | undefined>(undefined);

/** Resolves with whether the user agreed. */
export function confirmed(asked: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((answer) => {
    question.value = { ...asked, answer };
  });
}

export function Confirmation(): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = question.value;
  useEffect(() => {
    if (asked) dialog.current?.showModal();
  }, [asked]);
  if (asked === undefined) return null;
  const answer = (yes: boolean): void => {
    // Closing gives the focus back to what had it; only to take the dialog away does not.
    dialog.current?.close();
    question.value = undefined;
    asked.answer(yes);
  };
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" aria-describedby="confirm-text" onCancel={() => answer(false)}>
      <h2 id="confirm-title">{asked.title}</h2>
      {asked.items && (
        <ul>
          {asked.items.map((item, i) => (
            <li key={i}>{item}</li>
          ))}
        </ul>
      )}
      <p id="confirm-text">{asked.text}</p>
      <div class="buttons">
        <button type="button" onClick={() => answer(false)}>
          Keep
        </button>
        <button type="button" class="danger solid" onClick={() => answer(true)}>
          {asked.action}
        </button>
      </div>
    </dialog>
  );
}
