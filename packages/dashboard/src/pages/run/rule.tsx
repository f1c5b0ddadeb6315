// Pictures of what the rule of a checkpoint does: a film over the checkpoints, inner training, and the rule's response.

import type { FigureFormat, FigureName, Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../../components/icon.js';
import { Waiting } from '../../components/trouble.js';
import { save } from '../../download.js';
import { whole } from '../../format.js';
import { client } from '../../state/api.js';
import { useCheckpoints } from '../../state/checkpoints.js';
import { attempt } from '../../state/notices.js';
import { Picture } from './picture.js';

const PICTURES: readonly { name: FigureName; title: string; text: string; formats: readonly FigureFormat[] }[] = [
  {
    name: 'decision-maps',
    title: 'Decision boundaries',
    text: 'The same tasks learned by the rule and by tuned backprop.',
    formats: ['svg', 'png'],
  },
  {
    name: 'inner-training',
    title: 'Inner training',
    text: 'Rule beside backprop.',
    formats: ['svg', 'png', 'json'],
  },
  {
    name: 'rule-response',
    title: 'The rule’s response',
    text: 'What its outputs are over the signals that a neuron has.',
    formats: ['svg', 'png'],
  },
];
/** Pause between pictures of the film, ms. */
const FRAME_MS = 900;

export function RuleView({ run }: { run: Run }): JSX.Element {
  const { data, error } = useCheckpoints(run);
  /** Undefined is the newest: that has no number to keep, as the next one takes its place. */
  const [chosen, setChosen] = useState<number>();
  const [playing, setPlaying] = useState(false);
  // The same array while nothing is new: a run that trains is drawn several times a second, and the film must not begin its pause anew.
  const generations = useMemo(() => data?.checkpoints.map(({ generation }) => generation) ?? [], [data]);
  const newest = generations.length - 1;
  const index =
    chosen === undefined
      ? newest
      : Math.max(
          0,
          generations.findLastIndex((one) => one <= chosen),
        );
  const generation = generations[index];
  const choose = (to: number): void => setChosen(to >= newest ? undefined : generations[to]);
  const ready = useRef(false);

  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      // The next one when this one is there.
      if (!ready.current) return;
      ready.current = false;
      choose(index + 1);
      if (index + 1 >= newest) setPlaying(false);
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [playing, index, generations]);

  if (data === undefined) return <Waiting what="checkpoints" error={error} />;
  if (generation === undefined) return <p class="nothing">No checkpoint yet: the first is made when the run starts.</p>;
  return (
    <>
      <div class="toolbar film">
        <button
          type="button"
          disabled={generations.length < 2}
          onClick={() => {
            if (!playing && index === newest) choose(0);
            setPlaying(!playing);
          }}
        >
          <Icon name={playing ? 'pause' : 'resume'} />
          {playing ? 'Stop' : 'Play'}
        </button>
        <input
          type="range"
          aria-label="Checkpoint"
          aria-valuetext={`generation ${generation}`}
          min={0}
          max={newest}
          value={index}
          onInput={({ currentTarget }) => choose(currentTarget.valueAsNumber)}
        />
        <span class="number">generation {whole(generation)}</span>
      </div>
      <div class="pictures">
        {PICTURES.map(({ name, title, text, formats }) => (
          <section key={name} class={`panel picture ${name === 'rule-response' ? 'wide' : ''}`}>
            <div class="panel-head">
              <h2>{title}</h2>
              <span class="muted">{text}</span>
              <span class="grow" />
              <span class="buttons">
                {formats.map((format) => (
                  <button
                    key={format}
                    type="button"
                    class="link"
                    aria-label={`${title}: download as ${format}`}
                    onClick={() =>
                      void attempt(async () =>
                        save(
                          new Blob([await client.peek().figure(run.id, name, format, { generation })]),
                          `${name}-${run.id}-${generation}.${format}`,
                        ),
                      )
                    }
                  >
                    {format}
                  </button>
                ))}
              </span>
            </div>
            <Picture
              key={run.baseline !== null ? 'comparable' : 'alone'}
              run={run.id}
              name={name}
              generation={generation}
              title={title}
              text={text}
              onShown={() => {
                if (name === 'decision-maps') ready.current = true;
              }}
            />
          </section>
        ))}
      </div>
    </>
  );
}
