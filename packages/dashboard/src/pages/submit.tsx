// A new run: from a preset or pasted JSON, or forked from a run's checkpoint. The server checks it while it is written.

import { newKey, ProblemError } from '@metaplast/client';
import type { DryRun, FieldError, NewRun, Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { JsonEditor } from '../components/json-editor.js';
import { Waiting } from '../components/trouble.js';
import { compact, duration, whole } from '../format.js';
import { client } from '../state/api.js';
import { useLive } from '../state/live.js';
import { attempt, messageOf, say } from '../state/notices.js';
import { usePresets } from '../state/presets.js';
import { go, href, route } from '../state/route.js';
import { type ForkChoice, ForkOptions, forkBody } from './submit-fork.js';

const DEFAULT_PRESET = 'quickstart';
/** After the last key, ms. */
const CHECK_MS = 300;

export function SubmitPage(): JSX.Element {
  const fork = route.value.query.get('fork') ?? undefined;
  const preset = route.value.query.get('preset') ?? DEFAULT_PRESET;
  const source = useLive(`${fork} ${preset}`, async (from): Promise<{ spec: unknown; parent?: Run }> => {
    if (fork === undefined) return from.preset(preset);
    const parent = await from.run(fork);
    return { spec: parent.spec, parent };
  });
  if (source.data === undefined) return <Waiting what={fork === undefined ? 'presets' : 'the run'} error={source.error} />;
  return <SubmitForm key={`${fork} ${preset}`} start={source.data.spec} parent={source.data.parent} preset={preset} />;
}

interface FormProps {
  start: unknown;
  parent: Run | undefined;
  preset: string;
}

function SubmitForm({ start, parent, preset }: FormProps): JSX.Element {
  const presets = usePresets();
  const [text, setText] = useState(() => JSON.stringify(start, null, 2));
  const [name, setName] = useState(parent ? `${parent.name} fork`.slice(0, 120) : preset);
  const [tags, setTags] = useState('');
  const [notes, setNotes] = useState('');
  const [priority, setPriority] = useState('5');
  const [choice, setChoice] = useState<ForkChoice>({ generation: 'latest', restart: true });
  const [busy, setBusy] = useState(false);
  const sent = useRef({ body: '', key: '' });

  const { spec, syntax } = parse(text);
  const labels: NewRun = {
    ...(name === '' ? {} : { name }),
    tags: tags.split(/[\s,]+/).filter((tag) => tag !== ''),
    notes,
    priority: Number(priority),
  };
  const check = useCheck({ ...labels, spec }, syntax === undefined);
  const errors = check.errors;
  const at = (pointer: string): FieldError[] =>
    errors.filter((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`));
  const specErrors = syntax ? [syntax] : at('/spec').map((error) => ({ ...error, pointer: error.pointer.slice('/spec'.length) }));
  const others = errors.filter(({ pointer }) => !/^\/(spec|name|tags|notes|priority)(\/|$)/.test(pointer));

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const body = parent ? forkBody(labels, parent.spec, spec, choice) : { ...labels, spec };
    // The same key repeats a submission whose answer was lost; another document needs another one.
    const text = JSON.stringify(body);
    if (sent.current.body !== text) sent.current = { body: text, key: newKey() };
    const { key } = sent.current;
    const made = await attempt(() => (parent ? client.peek().fork(parent.id, body, key) : client.peek().submit(body, key)));
    setBusy(false);
    if (made !== undefined) {
      say('done', `Submitted “${made.name}”.`);
      go(href(['runs', made.id]));
    }
  };

  return (
    <form class="submit" onSubmit={(event) => void submit(event)}>
      <div class="page-head">
        <h1>{parent ? `Fork “${parent.name}”` : 'New run'}</h1>
      </div>
      <div class="columns wide-left">
        <section class="panel">
          <JsonEditor id="spec" label="Spec (JSON; what is left out has its default)" text={text} onChange={setText} errors={specErrors} />
        </section>
        <div>
          <section class="panel fields">
            {parent ? (
              <ForkOptions parent={parent} choice={choice} onChange={setChoice} />
            ) : (
              <label>
                Preset
                <select value={preset} onChange={({ currentTarget }) => go(href(['submit'], { preset: currentTarget.value }))}>
                  {(presets ?? [{ name: preset }]).map((one) => (
                    <option key={one.name}>{one.name}</option>
                  ))}
                </select>
                <small>{presets?.find((one) => one.name === preset)?.description}</small>
              </label>
            )}
            <Field label="Name" value={name} onChange={setName} errors={at('/name')} />
            <Field label="Tags" hint="separated by spaces" value={tags} onChange={setTags} errors={at('/tags')} />
            <Field label="Notes" value={notes} onChange={setNotes} errors={at('/notes')} />
            <Field label="Priority" hint="0 to 9; 0 is served first" value={priority} onChange={setPriority} errors={at('/priority')} />
          </section>
          <section class="panel" aria-live="polite">
            <h2>Estimate</h2>
            {check.result ? (
              <Estimate {...check.result} />
            ) : (
              <p class="muted">{errors.length + (syntax ? 1 : 0) > 0 ? 'Once nothing is wrong.' : '…'}</p>
            )}
            {others.map(({ pointer, detail }) => (
              <p key={pointer} class="field-error">
                <code>{pointer || '/'}</code> {detail}
              </p>
            ))}
            {check.trouble && <p class="field-error">{check.trouble}</p>}
          </section>
          <button type="submit" class="primary large" disabled={busy || check.result === undefined}>
            {parent ? 'Fork' : 'Submit'}
          </button>
        </div>
      </div>
    </form>
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

/** What the run would cost. */
function Estimate({ cost, spec }: DryRun): JSX.Element {
  return (
    <dl class="facts">
      <div>
        <dt>Inner trainings</dt>
        <dd>{whole(cost.innerTrainings)}</dd>
      </div>
      <div>
        <dt>Multiply-adds</dt>
        <dd>{compact(cost.multiplyAdds)}</dd>
      </div>
      <div>
        <dt>On one core, about</dt>
        <dd>{duration(cost.coreHours * 3600)}</dd>
      </div>
      <div>
        <dt>Generations</dt>
        <dd>
          {whole(spec.outer.generations)} of {whole(spec.outer.pairs)} pairs
        </dd>
      </div>
    </dl>
  );
}

function parse(text: string): { spec?: unknown; syntax?: FieldError } {
  try {
    return { spec: JSON.parse(text) as unknown };
  } catch (error) {
    return { syntax: { pointer: '', detail: `is not JSON: ${(error as Error).message}` } };
  }
}

interface Check {
  result?: DryRun;
  errors: readonly FieldError[];
  /** What else keeps the server from saying. */
  trouble?: string;
}

/** What the server says of a submission, asked when the user pauses. */
function useCheck(body: NewRun, isJson: boolean): Check {
  const [check, setCheck] = useState<Check>({ errors: [] });
  const from = client.value;
  const wanted = JSON.stringify(body);
  useEffect(() => {
    if (!isJson) return setCheck({ errors: [] });
    let over = false;
    const timer = setTimeout(() => {
      from.dryRun(JSON.parse(wanted) as NewRun).then(
        (result) => over || setCheck({ result, errors: [] }),
        (error: unknown) => {
          if (over) return;
          const errors = error instanceof ProblemError ? error.errors : [];
          setCheck({ errors, ...(errors.length === 0 ? { trouble: messageOf(error) } : {}) });
        },
      );
    }, CHECK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [from, wanted, isJson]);
  return check;
}
