// A new run: from a preset or pasted JSON, or forked from a run's checkpoint. The server checks it while it is written.

import { newKey, ProblemError } from '@metaplast/client';
import type { DryRun, FieldError, NewRun, Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { confirmed } from '../components/confirm.js';
import { JsonEditor } from '../components/json-editor.js';
import { Waiting } from '../components/trouble.js';
import { compact, duration, whole } from '../format.js';
import { client } from '../state/api.js';
import { useLive } from '../state/live.js';
import { attempt, say } from '../state/notices.js';
import { usePresets } from '../state/presets.js';
import { go, href, route } from '../state/route.js';
import { useCheck } from './submit-check.js';
import { type ForkChoice, ForkOptions, forkBody, GO_ON } from './submit-fork.js';
import { LabelFields } from './submit-label-fields.js';
import { type Labels, labelsOf, NO_LABELS } from './submit-labels.js';

const DEFAULT_PRESET = 'quickstart';
/** What the API takes, characters. */
const MAX_NAME = 120;

export function SubmitPage(): JSX.Element {
  const fork = route.value.query.get('fork') ?? undefined;
  return <Submission key={fork} fork={fork} />;
}

/** Labels outlive the preset; the spec does not. */
function Submission({ fork }: { fork: string | undefined }): JSX.Element {
  const preset = route.value.query.get('preset') ?? DEFAULT_PRESET;
  const [labels, setLabels] = useState(NO_LABELS);
  const source = useLive(`${fork} ${preset}`, async (from): Promise<{ spec: unknown; parent?: Run }> => {
    if (fork === undefined) return from.preset(preset);
    const parent = await from.run(fork);
    return { spec: parent.spec, parent };
  });
  if (source.data === undefined) return <Waiting what={fork === undefined ? 'presets' : 'the run'} error={source.error} />;
  const { spec, parent } = source.data;
  return <SubmitForm key={preset} start={spec} parent={parent} preset={preset} labels={labels} onLabels={setLabels} />;
}

interface FormProps {
  start: unknown;
  parent: Run | undefined;
  preset: string;
  labels: Labels;
  onLabels(labels: Labels): void;
}

function SubmitForm({ start, parent, preset, labels, onLabels }: FormProps): JSX.Element {
  const given = useMemo(() => JSON.stringify(start, null, 2), [start]);
  const [text, setText] = useState(given);
  const [choice, setChoice] = useState<ForkChoice>(GO_ON);
  const [busy, setBusy] = useState(false);
  /** What was wrong with a document that was sent: of a fork it is more than the check sees. */
  const [refused, setRefused] = useState<{ document?: string; errors: readonly FieldError[] }>({ errors: [] });
  const sent = useRef({ document: '', key: '' });

  const name = parent ? `${parent.name} fork`.slice(0, MAX_NAME) : preset;
  const { spec, syntax } = parse(text);
  const run: NewRun = { ...labelsOf(labels, name), spec };
  const body = parent ? forkBody(run, parent.spec, choice) : run;
  const document = JSON.stringify(body);
  const check = useCheck(run, syntax === undefined);
  const errors = document === refused.document ? refused.errors : check.errors;
  const at = (pointer: string): FieldError[] =>
    errors.filter((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`));
  const specErrors = syntax ? [syntax] : at('/spec').map((error) => ({ ...error, pointer: error.pointer.slice('/spec'.length) }));
  const others = errors.filter(({ pointer }) => !/^\/(spec|name|tags|notes|priority)(\/|$)/.test(pointer));

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    // The same key repeats a submission whose answer was lost; another document needs another one.
    if (sent.current.document !== document) sent.current = { document, key: newKey() };
    const { key } = sent.current;
    const made = await attempt(async () => {
      try {
        return await (parent ? client.peek().fork(parent.id, body, key) : client.peek().submit(body, key));
      } catch (error) {
        if (error instanceof ProblemError) setRefused({ document, errors: error.errors });
        throw error;
      }
    });
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
              <PresetChoice preset={preset} edited={text !== given} />
            )}
            <LabelFields labels={labels} name={name} onChange={onLabels} errorsAt={at} />
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

function PresetChoice({ preset, edited }: { preset: string; edited: boolean }): JSX.Element {
  const presets = usePresets();
  const choose = async (select: HTMLSelectElement): Promise<void> => {
    const wanted = select.value;
    select.value = preset;
    const question = { title: `Replace the spec by ${wanted}’s?`, text: 'What was changed in it is lost.', action: 'Replace' };
    if (!edited || (await confirmed(question))) go(href(['submit'], { preset: wanted }));
  };
  return (
    <label>
      Preset
      <select value={preset} onChange={({ currentTarget }) => void choose(currentTarget)}>
        {(presets ?? [{ name: preset }]).map((one) => (
          <option key={one.name}>{one.name}</option>
        ))}
      </select>
      <small>{presets?.find((one) => one.name === preset)?.description}</small>
    </label>
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
