// One run: what it is and how it stands above, and four views below.

import type { Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../../components/icon.js';
import { Progress } from '../../components/progress.js';
import { StateBadge } from '../../components/state-badge.js';
import { SteerButtons } from '../../components/steer-buttons.js';
import { Trouble, Waiting } from '../../components/trouble.js';
import { age, compact, duration, NOTHING, percent, points } from '../../format.js';
import { go, href, route } from '../../state/route.js';
import { Curves } from './curves.js';
import { History } from './history.js';
import { type LiveRun, useLiveRun } from './live-run.js';
import { RuleView } from './rule.js';
import { SpecView } from './spec-view.js';

const VIEWS = { curves: 'Curves', rule: 'Rule', spec: 'Spec', history: 'Checkpoints and events' } as const;
type View = keyof typeof VIEWS;

export function RunPage({ id }: { id: string }): JSX.Element {
  const live = useLiveRun(id);
  const { run, error } = live;
  const name = run?.name;
  useEffect(() => {
    document.title = name === undefined ? 'metaplast' : `${name} – metaplast`;
  }, [name]);
  if (run === undefined) return <Waiting what="the run" error={error} />;
  const asked = route.value.query.get('view') ?? 'curves';
  const view: View = Object.hasOwn(VIEWS, asked) ? (asked as View) : 'curves';
  return (
    <>
      <Head run={run} reload={live.reload} />
      {error && <Trouble error={error} />}
      <Figures {...live} run={run} />
      <nav class="tabs" aria-label="Views of the run">
        {Object.entries(VIEWS).map(([key, label]) => (
          <a
            key={key}
            href={href(['runs', id], { view: key === 'curves' ? undefined : key })}
            aria-current={key === view ? 'page' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      {view === 'curves' && <Curves {...live} run={run} />}
      {view === 'rule' && <RuleView run={run} />}
      {view === 'spec' && <SpecView run={run} />}
      {view === 'history' && <History run={run} states={live.states} />}
    </>
  );
}

function Head({ run, reload }: { run: Run; reload(): void }): JSX.Element {
  const { id, name, state, reason, tags, notes, forkedFrom, bitIdentical } = run;
  return (
    <>
      <div class="page-head run-head">
        <h1>{name}</h1>
        <StateBadge state={state} />
        {tags.map((tag) => (
          <a key={tag} class="tag" href={href(['runs'], { tag })}>
            {tag}
          </a>
        ))}
        {!bitIdentical && bitIdentical !== undefined && <span class="tag warn">not bit-identical</span>}
        <div class="buttons">
          <SteerButtons runs={[run]} onDone={(action) => (action === 'delete' ? go(href(['runs'])) : reload())} />
          <a class="button" href={href(['submit'], { fork: id })}>
            <Icon name="fork" />
            Fork
          </a>
        </div>
      </div>
      {reason && (
        <p class={state === 'failed' ? 'trouble' : 'note-line'} role={state === 'failed' ? 'alert' : undefined}>
          {state === 'failed' && <b>Failed: </b>}
          {reason}
        </p>
      )}
      {notes !== '' && <p class="note-line">{notes}</p>}
      {forkedFrom && (
        <p class="note-line">
          Forked from <a href={href(['runs', forkedFrom.run])}>{forkedFrom.run}</a> at generation {forkedFrom.generation}.
        </p>
      )}
    </>
  );
}

/** The numbers that one wants at a glance. */
function Figures({ run, series }: LiveRun & { run: Run }): JSX.Element {
  const { state, generation, generations, heldOut, baseline, rate, createdAt, updatedAt, attempt } = run;
  const losses = series.column('meanLoss');
  const loss = losses.at(-1);
  return (
    <dl class="figures">
      <Figure label="Generation">
        <Progress done={generation} of={generations} state={state} />
      </Figure>
      <Figure label="Meta-loss" note="nats, mean of the members">
        {loss === undefined || loss === null ? NOTHING : loss.toFixed(3)}
      </Figure>
      <Figure
        label="Held-out accuracy"
        note={heldOut ? `± ${percent(heldOut.se)} at generation ${heldOut.generation}` : 'not yet evaluated'}
      >
        {heldOut ? `${percent(heldOut.accuracy)} %` : NOTHING}
      </Figure>
      <Figure
        label="Beside backprop"
        note={baseline ? `${baseline.kind}, tuned: ${percent(baseline.accuracy)} %` : 'baseline not yet measured'}
      >
        {heldOut && baseline ? (
          <span class={heldOut.accuracy >= baseline.accuracy ? 'good' : 'bad'}>{points(heldOut.accuracy - baseline.accuracy)} points</span>
        ) : (
          NOTHING
        )}
      </Figure>
      <Figure label="Trainings/s" note={rate ? `${percent(rate.utilisation, 0)} % busy` : 'not worked on'}>
        {rate ? compact(rate.trainingsPerSecond) : NOTHING}
      </Figure>
      <Figure label={rate ? 'Time left' : 'Last change'} note={`submitted ${age(createdAt)} ago${attempt > 1 ? `, start ${attempt}` : ''}`}>
        {rate ? duration(rate.etaSeconds) : `${age(updatedAt)} ago`}
      </Figure>
    </dl>
  );
}

function Figure({
  label,
  note,
  children,
}: {
  label: string;
  note?: string;
  children: JSX.Element | string | (JSX.Element | string)[];
}): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {children}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}
