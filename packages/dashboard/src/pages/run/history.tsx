// What happened to the run, θ of its checkpoints, and where θ comes from.

import type { Run, RunEvents } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { CopyButton } from '../../components/copy.js';
import { StateBadge } from '../../components/state-badge.js';
import { Waiting } from '../../components/trouble.js';
import { save } from '../../download.js';
import { clock, whole } from '../../format.js';
import { client } from '../../state/api.js';
import { useCheckpoints } from '../../state/checkpoints.js';
import { attempt } from '../../state/notices.js';

const FORMATS = ['safetensors', 'npz', 'json'] as const;
const SHOWN = 12;

export function History({ run, states }: { run: Run; states: readonly RunEvents['state'][] }): JSX.Element {
  return (
    <div class="columns">
      <Checkpoints run={run} />
      <section class="panel">
        <h2>Events</h2>
        <ol class="events">
          {[...states].reverse().map(({ state, detail, at }) => (
            <li key={`${at} ${state}`}>
              <time dateTime={at}>{clock(at)}</time>
              <StateBadge state={state} />
              {detail && <span>{detail}</span>}
            </li>
          ))}
        </ol>
        {states.length === 0 && <p class="muted">None yet.</p>}
      </section>
    </div>
  );
}

function Checkpoints({ run }: { run: Run }): JSX.Element {
  const { data, error } = useCheckpoints(run);
  const [all, setAll] = useState(false);
  if (data === undefined) return <Waiting what="checkpoints" error={error} />;
  const newestFirst = [...data.checkpoints].reverse();
  const shown = all ? newestFirst : newestFirst.slice(0, SHOWN);
  return (
    <section class="panel">
      <h2>Checkpoints</h2>
      {newestFirst.length === 0 ? (
        <p class="muted">None yet: the first is made when the run starts.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th class="number">Generation</th>
              <th>sha256 of θ</th>
              <th>Download θ</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ generation, thetaSha256 }) => (
              <tr key={generation}>
                <td class="number">{whole(generation)}</td>
                <td class="hash">
                  <code title={thetaSha256}>{thetaSha256.slice(0, 16)}…</code>
                  <CopyButton text={thetaSha256} what={`sha256 of generation ${generation}`} />
                </td>
                <td class="formats">
                  {FORMATS.map((format) => (
                    <button
                      key={format}
                      type="button"
                      class="link"
                      aria-label={`Download generation ${generation} as ${format}`}
                      onClick={() => void attempt(() => download(run.id, format, generation))}
                    >
                      {format}
                    </button>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {newestFirst.length > shown.length && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          Show all {whole(newestFirst.length)}
        </button>
      )}
    </section>
  );
}

async function download(id: string, format: (typeof FORMATS)[number], generation: number): Promise<void> {
  const bytes = await client.peek().download(id, format, generation);
  save(new Blob([bytes as Uint8Array<ArrayBuffer>]), `theta-${id}-${generation}.${format}`);
}
