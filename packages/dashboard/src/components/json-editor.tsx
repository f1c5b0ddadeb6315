// JSON as text with line numbers; lines with errors are marked, and what is wrong stands below them.

import type { FieldError } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { lineOf, linesOf } from '../json-lines.js';

interface Props {
  id: string;
  label: string;
  text: string;
  onChange(text: string): void;
  /** Pointers from the document's root. */
  errors: readonly FieldError[];
}

const LINE_PX = 20;

export function JsonEditor({ id, label, text, onChange, errors }: Props): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(text), [text]);
  const count = text.split('\n').length;
  const found = errors.map((error) => ({ ...error, line: lineOf(lines, error.pointer) }));
  const wrong = new Set(found.map(({ line }) => line));
  const show = (line: number): void => {
    const start = text.split('\n').slice(0, line).join('\n').length + (line > 0 ? 1 : 0);
    const end = text.indexOf('\n', start);
    area.current!.focus();
    area.current!.setSelectionRange(start, end < 0 ? text.length : end);
    area.current!.scrollTop = Math.max(0, (line - 4) * LINE_PX);
  };
  return (
    <div class="json-editor">
      <label for={id}>{label}</label>
      <div class={`editor ${errors.length > 0 ? 'wrong' : ''}`}>
        <div class="gutter" ref={gutter} aria-hidden="true">
          {Array.from({ length: count }, (_, line) => (
            <span key={line} class={wrong.has(line) ? 'wrong' : ''}>
              {line + 1}
            </span>
          ))}
        </div>
        <textarea
          id={id}
          ref={area}
          value={text}
          spellcheck={false}
          autocomplete="off"
          wrap="off"
          rows={Math.min(28, Math.max(10, count + 1))}
          aria-invalid={errors.length > 0}
          aria-describedby={errors.length > 0 ? `${id}-errors` : undefined}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
          onScroll={({ currentTarget }) => {
            gutter.current!.scrollTop = currentTarget.scrollTop;
          }}
        />
      </div>
      {errors.length > 0 && (
        <ul class="field-errors" id={`${id}-errors`}>
          {found.map(({ pointer, detail, line }) => (
            <li key={`${pointer} ${detail}`}>
              <button type="button" class="link" onClick={() => show(line)}>
                Line {line + 1}
              </button>{' '}
              <code>{pointer || '/'}</code> {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
