// What a fork starts from, and the document that asks for it.

import type { NewFork, NewRun, Run } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useCheckpoints } from '../state/checkpoints.js';
import { href } from '../state/route.js';

export interface ForkChoice {
  generation: number | 'latest';
  restart: boolean;
}

/** As the API has it when nothing is said. */
export const GO_ON: ForkChoice = { generation: 'latest', restart: false };

interface Props {
  parent: Run;
  choice: ForkChoice;
  onChange(choice: ForkChoice): void;
}

export function ForkOptions({ parent, choice, onChange }: Props): JSX.Element {
  const { data } = useCheckpoints(parent);
  // The newest is "latest": of a run that trains it is gone by the time that it is asked for by its number.
  const earlier = [...(data?.checkpoints ?? [])].reverse().slice(1);
  return (
    <>
      <p class="muted">
        Starts from θ of <a href={href(['runs', parent.id])}>{parent.name}</a>.
      </p>
      <label>
        Checkpoint
        <select
          value={String(choice.generation)}
          onChange={({ currentTarget: { value } }) => onChange({ ...choice, generation: value === 'latest' ? 'latest' : Number(value) })}
        >
          <option value="latest">latest</option>
          {earlier.map(({ generation }) => (
            <option key={generation} value={String(generation)}>
              generation {generation}
            </option>
          ))}
        </select>
      </label>
      <label class="inline">
        <input
          type="checkbox"
          checked={choice.restart}
          onChange={({ currentTarget }) => onChange({ ...choice, restart: currentTarget.checked })}
        />
        Count generations from 0 again, with a new optimiser
      </label>
    </>
  );
}

export function forkBody(run: NewRun, parent: unknown, choice: ForkChoice): NewFork {
  return { ...run, ...choice, spec: patchOf(parent, run.spec) };
}

/** The RFC 7396 patch that makes `to` of `from`. */
export function patchOf(from: unknown, to: unknown): unknown {
  if (!isObject(from) || !isObject(to)) return to;
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const changed = keys.filter((key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]));
  return Object.fromEntries(changed.map((key) => [key, Object.hasOwn(to, key) ? patchOf(from[key], to[key]) : null]));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
