// The run's spec beside a preset's, where its θ comes from, and the command that makes it again.

import type { Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Command, CopyButton } from '../../components/copy.js';
import { Waiting } from '../../components/trouble.js';
import { clock } from '../../format.js';
import { commandLine, fields, forkCommand } from '../../spec.js';
import { useCheckpoints } from '../../state/checkpoints.js';
import { useLive } from '../../state/live.js';
import { usePresets } from '../../state/presets.js';

const DEFAULT_PRESET = 'quickstart';

export function SpecView({ run }: { run: Run }): JSX.Element {
  const [name, setName] = useState(DEFAULT_PRESET);
  const [all, setAll] = useState(false);
  const presets = usePresets();
  const { data: preset, error } = useLive(`preset ${name}`, (from) => from.preset(name));
  if (preset === undefined) return <Waiting what="the preset" error={error} />;
  const theirs = fields(preset.spec);
  const mine = fields(run.spec);
  const paths = [...new Set([...mine.keys(), ...theirs.keys()])];
  const rows = paths.map((path) => ({ path, here: json(mine.get(path)), there: json(theirs.get(path)) }));
  const shown = all ? rows : rows.filter(({ here, there }) => here !== there);
  return (
    <div class="columns">
      <section class="panel">
        <div class="panel-head">
          <h2>Spec</h2>
          <label>
            against preset
            <select value={name} onChange={({ currentTarget }) => setName(currentTarget.value)}>
              {(presets ?? [preset]).map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </select>
          </label>
          <label class="inline">
            <input type="checkbox" checked={all} onChange={({ currentTarget }) => setAll(currentTarget.checked)} />
            all fields
          </label>
        </div>
        {shown.length === 0 ? (
          <p class="muted">No field differs from the preset.</p>
        ) : (
          <table class="spec">
            <thead>
              <tr>
                <th>Field</th>
                <th>This run</th>
                <th>{name}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ path, here, there }) => (
                <tr key={path} class={here === there ? '' : 'differs'}>
                  <th scope="row">{path}</th>
                  <td>{here}</td>
                  <td class="muted">{there}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <div>
        <Provenance run={run} />
        <section class="panel">
          <h2>Make it again</h2>
          {run.forkedFrom ? (
            <RepeatFork run={run} begin={run.forkedFrom} />
          ) : (
            <>
              <p class="muted">On one machine, {how(run)}:</p>
              <Command text={commandLine(run.spec, name, preset.spec)} />
            </>
          )}
        </section>
        <section class="panel">
          <div class="panel-head">
            <h2>JSON</h2>
            <CopyButton text={JSON.stringify(run.spec, null, 2)} what="the spec as JSON" />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled with the arrow keys */}
          <pre class="json" tabIndex={0}>
            {JSON.stringify(run.spec, null, 2)}
          </pre>
        </section>
      </div>
    </div>
  );
}

const how = ({ bitIdentical }: Run): string => `to the last bit${bitIdentical ? '' : ' but those that its engine leaves open'}`;

/** A fork is repeated from its own first checkpoint, which has the optimiser as well: so it does not matter what became of its parent. */
function RepeatFork({ run, begin }: { run: Run; begin: NonNullable<Run['forkedFrom']> }): JSX.Element {
  const { data, error } = useCheckpoints(run);
  if (data === undefined) return <Waiting what="checkpoints" error={error} />;
  const [first] = data.checkpoints;
  if (first === undefined || first.generation >= run.generations) {
    return <p class="muted">What this fork began with is no longer kept: no command repeats it.</p>;
  }
  const since =
    first.thetaSha256 === begin.thetaSha256
      ? 'from what it began with'
      : `from generation ${first.generation}, the first that is still kept: what it began with is not`;
  return (
    <>
      <p class="muted">
        On this server, {how(run)}, {since}:
      </p>
      <Command text={forkCommand(run.id, first.generation, location.origin)} />
    </>
  );
}

const json = (value: unknown): string => (value === undefined ? '–' : JSON.stringify(value));

function Provenance({ run }: { run: Run }): JSX.Element {
  const { id, spec, kernel, thetaSha256, engine, generation, epoch, attempt, priority, createdAt, updatedAt, bitIdentical } = run;
  const rows: [string, string, boolean][] = [
    ['Run', id, true],
    ['Seed', String(spec.seed), true],
    ['Kernel', kernel, true],
    ['θ sha256', thetaSha256 ?? '–', thetaSha256 !== null],
    ['θ after', `${generation} updates`, false],
    ['Engine', `${engine ?? spec.engine}${bitIdentical === false ? ', not bit-identical' : ''}`, false],
    ['Starts', `${attempt}, epoch ${epoch}`, false],
    ['Priority', String(priority), false],
    ['Submitted', clock(createdAt), false],
    ['Changed', clock(updatedAt), false],
  ];
  return (
    <section class="panel">
      <h2>Provenance</h2>
      <dl class="facts">
        {rows.map(([label, value, copy]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <code>{value}</code>
              {copy && <CopyButton text={value} what={label} />}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
