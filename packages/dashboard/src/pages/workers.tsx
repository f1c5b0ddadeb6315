// Who computes, how fast, and what waits.

import { ProblemError } from '@metaplast/client';
import type { ChunkPlace, Workers } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { Command } from '../components/copy.js';
import { Trouble, Waiting } from '../components/trouble.js';
import { age, clock, compact, duration, NOTHING, percent, whole } from '../format.js';
import { useLive } from '../state/live.js';
import { href } from '../state/route.js';
import { runs, useRuns } from '../state/runs.js';
import { FleetCharts } from './fleet-charts.js';

const EVERY_MS = 2000;

export function WorkersPage(): JSX.Element {
  useRuns();
  const { data, error } = useLive('workers', (from) => from.workers(), EVERY_MS);
  const { data: version } = useLive('version', (from) => from.version());
  const away = error instanceof ProblemError && error.status === 503;
  if (data === undefined && !away) return <Waiting what="workers" error={error} />;
  return (
    <>
      <div class="page-head">
        <h1>Workers</h1>
        {version && (
          <span class="muted">
            server {version.version}, kernel <code>{version.kernel}</code>
          </span>
        )}
      </div>
      {error && <Trouble error={error} />}
      {data && <Fleet workers={data} away={away} />}
    </>
  );
}

type Worker = Workers['workers'][number];

function Fleet({ workers: { dispatch, slots, demand, workers }, away }: { workers: Workers; away: boolean }): JSX.Element {
  const working = (runs.value ?? []).filter(({ rate }) => rate !== null);
  const rate = working.reduce((sum, run) => sum + run.rate!.trainingsPerSecond, 0);
  const busy = working.reduce((sum, run) => sum + run.rate!.utilisation, 0);
  return (
    <>
      <dl class="figures">
        <div>
          <dt>Trainings/s</dt>
          <dd>
            {working.length > 0 ? compact(rate) : NOTHING}
            <small>{working.length === 1 ? 'one run' : `${working.length} runs`} worked on</small>
          </dd>
        </div>
        <div>
          <dt>Slots</dt>
          <dd>
            {whole(slots)}
            <small>{dispatch === 'redis' ? 'threads of workers over Redis' : 'threads of the server itself'}</small>
          </dd>
        </div>
        {demand !== undefined && (
          <div>
            <dt>Queue</dt>
            <dd>
              {whole(demand)}
              <small>chunks that wait or are computed</small>
            </dd>
          </div>
        )}
        <div>
          <dt>Utilisation</dt>
          <dd>
            {working.length > 0 ? `${percent(Math.min(1, busy), 0)} %` : NOTHING}
            <small>of all slots, over the last generations</small>
          </dd>
        </div>
        {dispatch === 'redis' && (
          <div>
            <dt>Redis</dt>
            <dd>
              <span class={away ? 'bad' : 'good'}>{away ? 'away' : 'connected'}</span>
              <small>{away ? 'runs go on when it is back' : 'chunks are dealt'}</small>
            </dd>
          </div>
        )}
      </dl>
      <FleetCharts utilisation={working.length > 0 ? Math.min(1, busy) : 0} rate={rate} />
      <div class="table-box">
        <table class="workers">
          <thead>
            <tr>
              <th>Worker</th>
              <th>State</th>
              <th class="number">Threads</th>
              <th class="number">Trainings/s</th>
              <th>Now</th>
              <th class="number">Last seen</th>
              <th class="number">Up</th>
              <th>Version</th>
            </tr>
          </thead>
          <tbody>
            {workers.map((worker) => (
              <Row key={worker.id} worker={worker} />
            ))}
          </tbody>
        </table>
        {workers.length === 0 && (
          <div class="nothing">
            <p>No worker is there. Start one on any machine that reaches the Redis:</p>
            <Command text="npx metaplast worker --redis redis://host:6379" />
          </div>
        )}
      </div>
    </>
  );
}

function Row({ worker }: { worker: Worker }): JSX.Element {
  const { id, name, state, threads, trainingsPerSecond, chunks = [], ageMs, startedAt, version, refused } = worker;
  return (
    <tr>
      <th scope="row">
        {name} <code class="muted">{id.slice(0, 8)}</code>
        {refused && <div class="reason">{refused}</div>}
      </th>
      <td>
        <span class={`state ${refused ? 'failed' : state === 'ready' ? 'succeeded' : 'paused'}`}>
          <span class="dot" aria-hidden="true" />
          {refused ? 'refused' : state}
        </span>
      </td>
      <td class="number">{threads}</td>
      <td class="number">{trainingsPerSecond === undefined ? NOTHING : compact(trainingsPerSecond)}</td>
      <td>
        {chunks.length === 0 ? <span class="muted">{NOTHING}</span> : chunks.map((chunk, i) => <ChunkUnderWay key={i} chunk={chunk} />)}
      </td>
      <td class="number">{ageMs === undefined ? 'now' : ageMs < 1500 ? 'now' : `${duration(ageMs / 1000)} ago`}</td>
      <td class="number" title={startedAt && clock(startedAt)}>
        {startedAt ? age(startedAt) : NOTHING}
      </td>
      <td>{version}</td>
    </tr>
  );
}

function ChunkUnderWay({ chunk: { run, kind, generation, chunk } }: { chunk: ChunkPlace }): JSX.Element {
  const name = runs.value?.find(({ id }) => id === run)?.name ?? run;
  return (
    <div>
      <a href={href(['runs', run])}>{name}</a> {kind === 'trials' ? 'evaluation' : `generation ${generation}`}
      <span class="muted"> chunk {chunk}</span>
    </div>
  );
}
