// Chosen runs over each other: curves, results, and where their specs differ.

import { ProblemError } from '@metaplast/client';
import type { Comparison } from '@metaplast/protocol';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Chart, type Line, type Zoom } from '../charts/chart.js';
import type { Column } from '../charts/series.js';
import { StateBadge } from '../components/state-badge.js';
import { Trouble, Waiting } from '../components/trouble.js';
import { NOTHING, percent, points, whole } from '../format.js';
import { useLive } from '../state/live.js';
import { href, route, setQuery } from '../state/route.js';
import { runs, runsComplete, useRuns } from '../state/runs.js';

const EVERY_MS = 3000;
const MOST = 16;
const COLOURS = 8;
/** What the picker offers: no list to scroll through for minutes. */
const OFFERED = 200;
/** Points of a line that are marked, at most. */
const MARKED = 60;

type Compared = Comparison['runs'][number];

export function ComparePage(): JSX.Element {
  useRuns();
  const ids = (route.value.query.get('ids') ?? '').split(',').filter((id) => /^[0-9a-f]{16}$/.test(id));
  return (
    <>
      <div class="page-head">
        <h1>Compare</h1>
        <Picker ids={ids} />
      </div>
      {ids.length === 0 ? <NothingChosen /> : <Comparing ids={ids} />}
    </>
  );
}

function NothingChosen(): JSX.Element {
  return (
    <p class="nothing">
      Choose runs above, or tick them in the <a href={href(['runs'])}>list of runs</a>: their curves are drawn over each other, and a table
      says where their specs differ.
    </p>
  );
}

function Picker({ ids }: { ids: readonly string[] }): JSX.Element {
  const others = (runs.value ?? []).filter(({ id }) => !ids.includes(id));
  const set = (next: readonly string[]): void => setQuery({ ids: next.join(',') || undefined });
  return (
    <label class="picker">
      Add a run
      <select value="" disabled={ids.length >= MOST} onChange={({ currentTarget }) => set([...ids, currentTarget.value])}>
        <option value="">{ids.length >= MOST ? `no more than ${MOST}` : 'Choose …'}</option>
        {others.slice(0, OFFERED).map(({ id, name, state }) => (
          <option key={id} value={id}>
            {name} ({state}, {id.slice(0, 6)})
          </option>
        ))}
        {others.length > OFFERED && <option disabled>These are the newest {OFFERED}: tick others in the list of runs</option>}
      </select>
    </label>
  );
}

const colourOf = (index: number): string => `series-${(index % COLOURS) + 1}`;
/** Once all colours are taken they come again, dashed. */
const isDashed = (index: number): boolean => index >= COLOURS;

function Swatch({ index }: { index: number }): JSX.Element {
  return <span class={`swatch ${isDashed(index) ? 'dash' : ''}`} style={{ color: `var(--${colourOf(index)})` }} aria-hidden="true" />;
}

function Comparing({ ids }: { ids: readonly string[] }): JSX.Element {
  const { data, error } = useLive(`compare ${ids.join()}`, (from) => from.compare(ids, { points: 600 }), EVERY_MS);
  const zoom: Zoom = useSignal(undefined);
  const log = useSignal(false);
  const common = { xLabel: 'generation', zoom, group: 'compare' };
  const charts = useMemo(() => (data ? overlaid(data.runs) : undefined), [data]);
  const gone = error instanceof ProblemError && error.status === 404 && <RemoveGone ids={ids} />;
  if (data === undefined || charts === undefined) {
    return (
      <>
        <Waiting what="curves" error={error} />
        {gone}
      </>
    );
  }
  return (
    <>
      {error && <Trouble error={error} />}
      {gone}
      <Results compared={data.runs} ids={ids} />
      <div class="charts two">
        <Chart {...common} title="Held-out accuracy" unit=" %" yLabel="accuracy, %" {...charts.heldOut} />
        <Chart {...common} title="Meta-loss" note="mean of the members" yLabel="nats" {...charts.points('meanLoss')} log={log} />
        <Chart {...common} title="Signal to noise" note="1 is pure noise" yLabel="ratio" {...charts.points('signalToNoise')} />
        <Chart {...common} title="Trainings per second" yLabel="trainings/s" {...charts.points('trainingsPerSecond')} />
      </div>
      <Differences comparison={data} />
    </>
  );
}

/** A run that was deleted, or never was, has no row with a button of its own. */
function RemoveGone({ ids }: { ids: readonly string[] }): JSX.Element | null {
  const known = new Set(runs.value?.map(({ id }) => id));
  const left = ids.filter((id) => known.has(id));
  if (!runsComplete.value || left.length === ids.length) return null;
  return (
    <p>
      <button type="button" onClick={() => setQuery({ ids: left.join(',') || undefined })}>
        Remove what is gone
      </button>
    </p>
  );
}

interface Overlay {
  x: number[];
  lines: Line[];
}

/** The curves of all runs over one x axis. */
function overlaid(compared: readonly Compared[]): { heldOut: Overlay; points(name: string): Overlay } {
  const overlay = (of: (run: Compared) => { generation: number; value: number }[], markers: boolean): Overlay => {
    const columns = compared.map((run) => new Map(of(run).map(({ generation, value }) => [generation, value])));
    const x = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
    const lines = compared.map(({ run }, i): Line => {
      const values: Column = x.map((generation) => columns[i]!.get(generation) ?? null);
      return { key: run.id, label: run.name, colour: colourOf(i), dash: isDashed(i), values, markers: markers && x.length <= MARKED };
    });
    return { x, lines };
  };
  return {
    heldOut: overlay(({ heldOut }) => heldOut.map(({ generation, accuracy }) => ({ generation, value: 100 * accuracy })), true),
    points: (name) =>
      overlay((run) => run.points.map((point) => ({ generation: point.generation, value: point[name as 'meanLoss'] })), false),
  };
}

function Results({ compared, ids }: { compared: readonly Compared[]; ids: readonly string[] }): JSX.Element {
  const remove = (id: string): void => setQuery({ ids: ids.filter((one) => one !== id).join(',') || undefined });
  return (
    <div class="table-box">
      <table class="results">
        <thead>
          <tr>
            <th>Run</th>
            <th>State</th>
            <th class="number">Generation</th>
            <th class="number">Held-out %</th>
            <th class="number">Beside backprop, points</th>
            <th class="number">Meta-loss</th>
            <th>
              <span class="hidden">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.map(({ run, points: curve }, i) => (
            <tr key={run.id}>
              <th scope="row">
                <Swatch index={i} />
                <a class="name" href={href(['runs', run.id])}>
                  {run.name}
                </a>
              </th>
              <td>
                <StateBadge state={run.state} />
              </td>
              <td class="number">{whole(run.generation)}</td>
              <td class="number">{run.heldOut ? `${percent(run.heldOut.accuracy)} ± ${percent(run.heldOut.se)}` : NOTHING}</td>
              <td class="number">{run.heldOut && run.baseline ? points(run.heldOut.accuracy - run.baseline.accuracy) : NOTHING}</td>
              <td class="number">{curve.at(-1)?.meanLoss.toFixed(3) ?? NOTHING}</td>
              <td class="number">
                <button type="button" class="link" aria-label={`Remove ${run.name}`} onClick={() => remove(run.id)}>
                  remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Differences({ comparison: { runs: compared, differences } }: { comparison: Comparison }): JSX.Element | null {
  if (compared.length < 2) return null;
  return (
    <section class="panel">
      <h2>Where the specs differ</h2>
      {differences.length === 0 ? (
        <p class="muted">Nowhere.</p>
      ) : (
        <div class="scroll-x">
          <table class="spec">
            <thead>
              <tr>
                <th>Field</th>
                {compared.map(({ run }, i) => (
                  <th key={run.id}>
                    <Swatch index={i} />
                    {run.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {differences.map(({ pointer, values }) => (
                <tr key={pointer}>
                  <th scope="row">{pointer.slice(1).replaceAll('/', '.')}</th>
                  {values.map((value, i) => (
                    <td key={compared[i]!.run.id}>{value === null ? NOTHING : JSON.stringify(value)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
