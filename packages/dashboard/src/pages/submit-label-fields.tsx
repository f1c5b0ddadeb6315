// What a new run is called, how it is found again, and when its turn is.

import type { FieldError } from '@metaplast/protocol';
import type { JSX } from 'preact';
import type { Labels } from './submit-labels.js';

interface Props {
  labels: Labels;
  /** What it is called while no name was written. */
  name: string;
  onChange(labels: Labels): void;
  errorsAt(pointer: string): readonly FieldError[];
}

export function LabelFields({ labels, name, onChange, errorsAt }: Props): JSX.Element {
  const field = (key: keyof Labels) => ({
    value: labels[key] ?? name,
    errors: errorsAt(`/${key}`),
    onChange: (value: string): void => onChange({ ...labels, [key]: value }),
  });
  return (
    <>
      <Field label="Name" {...field('name')} />
      <Field label="Tags" hint="separated by spaces" {...field('tags')} />
      <Field label="Notes" {...field('notes')} />
      <Field label="Priority" hint="0 to 9; 0 is served first" {...field('priority')} />
    </>
  );
}

interface FieldProps {
  label: string;
  hint?: string;
  value: string;
  onChange(value: string): void;
  errors: readonly FieldError[];
}

function Field({ label, hint, value, onChange, errors }: FieldProps): JSX.Element {
  const id = `field-${label.toLowerCase()}`;
  return (
    <div class="field">
      <label for={id}>
        {label} {hint && <small>{hint}</small>}
      </label>
      <input
        id={id}
        value={value}
        autocomplete="off"
        aria-invalid={errors.length > 0}
        aria-describedby={errors.length > 0 ? `${id}-errors` : undefined}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {errors.length > 0 && (
        <span id={`${id}-errors`} class="field-error">
          {errors.map(({ detail }) => detail).join('; ')}
        </span>
      )}
    </div>
  );
}
