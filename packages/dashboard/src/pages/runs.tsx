// All runs: filtered, sorted and paged by the URL, live; chosen ones can be compared or steered together.

import type { RunSummary } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Command } from '../components/copy.js';
import { SteerButtons } from '../components/steer-buttons.js';
import { Waiting } from '../components/trouble.js';
import { count, whole } from '../format.js';
import { href, route, setQuery } from '../state/route.js';
import { runs as all, runsComplete, runsError, useRuns } from '../state/runs.js';
import { choose, DEFAULT_SORT, FILTERS, type Filter, readFilter, sorted } from './runs-filter.js';
import { RunsTable } from './runs-table.js';

const PAGE_SIZE = 50;
/** What the server compares at a time. */
const MOST_COMPARED = 16;

export function RunsPage(): JSX.Element {
  useRuns();
  const runs = all.value;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const filter = readFilter(route.value.query);
  const shown = useMemo(() => (runs ? sorted(choose(runs, filter), filter) : []), [runs, route.value.query]);
  // The newest are there first, and are shown if the list begins with them.
  const isWhole = runsComplete.value;
  const beginsWithNewest = filter.page === 1 && `${filter.descending ? '-' : ''}${filter.sort}` === DEFAULT_SORT;
  if (runs === undefined || !(isWhole || (beginsWithNewest && shown.length > 0))) return <Waiting what="runs" error={runsError.value} />;
  if (runs.length === 0) return <NoRuns />;

  const pages = Math.max(1, Math.ceil(shown.length / PAGE_SIZE));
  const page = Math.min(filter.page, pages);
  const rows = shown.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  const chosen = runs.filter(({ id }) => selected.has(id));
  const hidden = chosen.filter((run) => !rows.includes(run)).length;
  return (
    <>
      <div class="page-head">
        <h1>
          Runs <span class="muted count">{isWhole ? whole(shown.length) : '…'}</span>
        </h1>
        <Filters filter={filter} runs={runs} />
        <a class="button primary" href={href(['submit'])}>
          New run
        </a>
      </div>
      <RunsTable rows={rows} filter={filter} selected={selected} onSelect={setSelected} />
      {shown.length === 0 && (
        <p class="nothing">
          No run matches. <a href={href(['runs'])}>Show all</a>
        </p>
      )}
      {isWhole && pages > 1 && <Pages page={page} pages={pages} />}
      {chosen.length > 0 && (
        <section class="selection" aria-label="Chosen runs">
          <span>
            {count(chosen.length, 'run')} chosen{hidden > 0 && `, ${whole(hidden)} of them not shown`}
          </span>
          {chosen.length <= MOST_COMPARED ? (
            <a class="button" href={href(['compare'], { ids: chosen.map(({ id }) => id).join(',') })}>
              Compare
            </a>
          ) : (
            <span class="muted">up to {MOST_COMPARED} can be compared</span>
          )}
          <SteerButtons
            runs={chosen}
            onDone={(action) => {
              if (action === 'delete') setSelected(new Set());
            }}
          />
          <button type="button" class="quiet" onClick={() => setSelected(new Set())}>
            Clear
          </button>
        </section>
      )}
    </>
  );
}

function Filters({ filter, runs }: { filter: Filter; runs: readonly RunSummary[] }): JSX.Element {
  return (
    <div class="filters">
      <fieldset class="segments" aria-label="State">
        {Object.entries(FILTERS).map(([key, { label, states }]) => (
          <button
            key={key}
            type="button"
            aria-pressed={filter.show === key}
            onClick={() => setQuery({ show: key === 'all' ? undefined : key, page: undefined })}
          >
            {label}
            {runsComplete.value && (
              <span class="muted"> {states ? runs.filter(({ state }) => states.includes(state)).length : runs.length}</span>
            )}
          </button>
        ))}
      </fieldset>
      <input
        type="search"
        placeholder="Name or id"
        aria-label="Filter by name or id"
        value={filter.text}
        onInput={(event) => setQuery({ q: event.currentTarget.value || undefined, page: undefined })}
      />
      {filter.tag !== undefined && (
        <button type="button" class="tag on" onClick={() => setQuery({ tag: undefined })} aria-label={`Remove filter: tag ${filter.tag}`}>
          {filter.tag} ×
        </button>
      )}
    </div>
  );
}

function Pages({ page, pages }: { page: number; pages: number }): JSX.Element {
  const to = (n: number): void => setQuery({ page: n === 1 ? undefined : String(n) });
  return (
    <nav class="pages" aria-label="Pages of runs">
      <button type="button" disabled={page === 1} onClick={() => to(page - 1)}>
        Previous
      </button>
      <span>
        Page {page} of {pages}
      </span>
      <button type="button" disabled={page === pages} onClick={() => to(page + 1)}>
        Next
      </button>
    </nav>
  );
}

function NoRuns(): JSX.Element {
  return (
    <section class="empty">
      <h1>No runs yet</h1>
      <p>Submit the first one here, or from a terminal:</p>
      <Command text={`npx metaplast submit --preset smoke --url ${location.origin}`} />
      <p>
        <a class="button primary" href={href(['submit'])}>
          Submit a run
        </a>
      </p>
    </section>
  );
}
