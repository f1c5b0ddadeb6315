// Pictures of what the rule of a checkpoint does: a film over the checkpoints, inner training, and the rule's response.

import type { FigureName, Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../components/icon.js';
import { Loading, Trouble, Waiting } from '../../components/trouble.js';
import { save } from '../../download.js';
import { whole } from '../../format.js';
import { client } from '../../state/api.js';
import { useLive } from '../../state/live.js';
import { attempt } from '../../state/notices.js';

const PICTURES: readonly { name: FigureName; title: string; text: string }[] = [
  {
    name: 'decision-maps',
    title: 'Decision boundaries',
    text: 'The same tasks learned by the rule and by tuned backprop, from 10 labels.',
  },
  { name: 'inner-training', title: 'Inner training', text: 'Accuracy and training loss against inner steps, rule and backprop.' },
  { name: 'rule-response', title: 'The rule’s response', text: 'What its outputs are over the signals that a neuron has.' },
];
/** Pause between pictures of the film, ms. */
const FRAME_MS = 900;

export function RuleView({ run }: { run: Run }): JSX.Element {
  const { data, error } = useLive(`checkpoints ${run.id} ${run.thetaSha256}`, (from) => from.checkpoints(run.id));
  const [chosen, choose] = useState<number>();
  const [playing, setPlaying] = useState(false);
  const generations = data?.checkpoints.map(({ generation }) => generation) ?? [];
  const index = chosen === undefined ? generations.length - 1 : Math.max(0, generations.indexOf(chosen));
  const generation = generations[index];
  const ready = useRef(false);

  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      // The next one when this one is there.
      if (!ready.current) return;
      ready.current = false;
      if (index + 1 < generations.length) choose(generations[index + 1]);
      else setPlaying(false);
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
            if (!playing && index === generations.length - 1) choose(generations[0]);
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
          max={generations.length - 1}
          value={index}
          onInput={({ currentTarget }) => choose(generations[currentTarget.valueAsNumber])}
        />
        <span class="number">generation {whole(generation)}</span>
      </div>
      {PICTURES.map(({ name, title, text }) => (
        <section key={name} class="panel picture">
          <div class="panel-head">
            <h2>{title}</h2>
            <span class="muted">{text}</span>
            <span class="grow" />
            {(['svg', 'png', 'json'] as const).map((format) => (
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
          </div>
          <Picture
            run={run.id}
            name={name}
            generation={generation}
            label={`${title} at generation ${generation}. ${text}`}
            onShown={() => {
              if (name === 'decision-maps') ready.current = true;
            }}
          />
        </section>
      ))}
    </>
  );
}

interface PictureProps {
  run: string;
  name: FigureName;
  generation: number;
  label: string;
  onShown(): void;
}

/** The server's PNG, drawn on a canvas: the page may show no images but its own. The last one stays until the next is there. */
function Picture({ run, name, generation, label, onShown }: PictureProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState<{ shown?: number; error?: Error }>({});
  const from = client.value;
  useEffect(() => {
    let over = false;
    void (async () => {
      try {
        const bitmap = await createImageBitmap(new Blob([await from.figure(run, name, 'png', { generation })], { type: 'image/png' }));
        if (over) return;
        const { width, height } = bitmap;
        Object.assign(canvas.current!, { width, height });
        canvas.current!.getContext('2d')!.drawImage(bitmap, 0, 0);
        bitmap.close();
        setState({ shown: generation });
        onShown();
      } catch (error) {
        if (!over) setState({ error: error as Error });
      }
    })();
    return () => {
      over = true;
    };
  }, [from, run, name, generation]);
  return (
    <div class={`picture-box ${state.shown === generation ? '' : 'stale'}`}>
      <canvas ref={canvas} role="img" aria-label={label} hidden={state.shown === undefined} />
      {state.error && <Trouble error={state.error} />}
      {state.shown !== generation && !state.error && <Loading what="the picture" />}
    </div>
  );
}
