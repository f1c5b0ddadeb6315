// The table of runs.

import type { RunSummary } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { Icon } from '../components/icon.js';
import { Progress } from '../components/progress.js';
import { StateBadge } from '../components/state-badge.js';
import { age, clock, compact, NOTHING, percent, points } from '../format.js';
import { href, setQuery } from '../state/route.js';
import { DEFAULT_SORT, type Filter } from './runs-filter.js';

interface Props {
  rows: readonly RunSummary[];
  filter: Filter;
  selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
}

/** Sort key, heading, class. */
const COLUMNS = [
  ['state', 'State', ''],
  ['name', 'Name', 'wide'],
  ['progress', 'Generation', ''],
  ['heldOut', 'Held-out %', 'number'],
  ['rate', 'Trainings/s', 'number'],
  ['created', 'Age', 'number'],
] as const;

export function RunsTable({ rows, filter, selected, onSelect }: Props): JSX.Element {
  const all = rows.length > 0 && rows.every(({ id }) => selected.has(id));
  const select = (ids: readonly string[], on: boolean): void => {
    const next = new Set(selected);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    onSelect(next);
  };
  return (
    <div class="table-box">
      <table class="runs">
        <thead>
          <tr>
            <th class="check">
              <input
                type="checkbox"
                aria-label="Choose all on this page"
                checked={all}
                onChange={({ currentTarget }) =>
                  select(
                    rows.map(({ id }) => id),
                    currentTarget.checked,
                  )
                }
              />
            </th>
            {COLUMNS.map(([key, label, kind]) => (
              <Heading key={key} column={key} label={label} kind={kind} filter={filter} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((run) => (
            <Row key={run.id} run={run} selected={selected.has(run.id)} onSelect={(on) => select([run.id], on)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ column, label, kind, filter }: { column: string; label: string; kind: string; filter: Filter }): JSX.Element {
  const isSorted = filter.sort === column;
  const order = filter.descending ? 'descending' : 'ascending';
  const sort = (): void => {
    const next = isSorted && filter.descending ? column : `-${column}`;
    setQuery({ sort: next === DEFAULT_SORT ? undefined : next, page: undefined });
  };
  return (
    <th class={kind} aria-sort={isSorted ? order : 'none'}>
      <button type="button" class="sort" onClick={sort}>
        {label}
        {isSorted && <Icon name={filter.descending ? 'down' : 'up'} />}
      </button>
    </th>
  );
}

function Row({ run, selected, onSelect }: { run: RunSummary; selected: boolean; onSelect(on: boolean): void }): JSX.Element {
  const { id, name, state, reason, tags, generation, generations, heldOut, baseline, rate, createdAt } = run;
  return (
    <tr class={selected ? 'selected' : ''}>
      <td class="check">
        <input
          type="checkbox"
          aria-label={`Choose ${name}`}
          checked={selected}
          onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
        />
      </td>
      <td>
        <StateBadge state={state} />
      </td>
      <td class="wide">
        <a class="name" href={href(['runs', id])}>
          {name}
        </a>
        {tags.map((tag) => (
          <button
            key={tag}
            type="button"
            class="tag"
            aria-label={`Show runs with tag ${tag}`}
            onClick={() => setQuery({ tag, page: undefined })}
          >
            {tag}
          </button>
        ))}
        {state === 'failed' && reason && <div class="reason">{reason}</div>}
      </td>
      <td>
        <Progress done={generation} of={generations} state={state} />
      </td>
      <td class="number">
        {heldOut ? (
          <>
            {percent(heldOut.accuracy)}
            {baseline && (
              <span
                class={`delta ${heldOut.accuracy >= baseline.accuracy ? 'good' : 'bad'}`}
                title={`Backprop (${baseline.kind}): ${percent(baseline.accuracy)} %`}
              >
                {points(heldOut.accuracy - baseline.accuracy)}
              </span>
            )}
          </>
        ) : (
          <span class="muted">{NOTHING}</span>
        )}
      </td>
      <td class="number">{rate ? compact(rate.trainingsPerSecond) : <span class="muted">{NOTHING}</span>}</td>
      <td class="number" title={clock(createdAt)}>
        {age(createdAt)}
      </td>
    </tr>
  );
}
