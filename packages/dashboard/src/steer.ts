// What can be done with a run in which state, and doing it.

import type { RunSummary } from '@metaplast/protocol';
import { confirmed } from './components/confirm.js';
import { count } from './format.js';
import { client } from './state/api.js';
import { attempt } from './state/notices.js';

export const ACTIONS = ['pause', 'resume', 'cancel', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];
export type Steered = Pick<RunSummary, 'id' | 'name' | 'state'>;

const POSSIBLE: Record<Action, readonly string[]> = {
  pause: ['queued', 'starting', 'running', 'interrupted'],
  resume: ['paused', 'failed', 'cancelled', 'interrupted'],
  cancel: ['queued', 'starting', 'running', 'paused', 'interrupted'],
  delete: ['queued', 'paused', 'succeeded', 'failed', 'cancelled'],
};
const DONE = { pause: 'Paused', resume: 'Resumed', cancel: 'Cancelled', delete: 'Deleted' } as const;
const LABELS = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel', delete: 'Delete' } as const;

export const labelOf = (action: Action): string => LABELS[action];
export const can = (action: Action, { state }: Steered): boolean => POSSIBLE[action].includes(state);

/** Does it to all that it can be done to, after asking where something is lost; whether it was done to all of them. */
export async function steer(action: Action, runs: readonly Steered[]): Promise<boolean> {
  const possible = runs.filter((run) => can(action, run));
  if (possible.length === 0 || !(await agreed(action, possible))) return false;
  const whom = possible.length === 1 ? `“${possible[0]!.name}”` : count(possible.length, 'run');
  const all = Promise.all(possible.map(({ id }) => client.value[action](id)));
  return (await attempt(() => all, `${DONE[action]} ${whom}.`)) !== undefined;
}

async function agreed(action: Action, runs: readonly Steered[]): Promise<boolean> {
  if (action !== 'delete' && action !== 'cancel') return true;
  const what = runs.length === 1 ? `“${runs[0]!.name}”` : count(runs.length, 'run');
  const text =
    action === 'delete'
      ? 'Curves, checkpoints and θ are gone for good.'
      : 'It stops at its last committed generation. What is committed stays, and it can be resumed.';
  return confirmed({ title: `${LABELS[action]} ${what}?`, text, action: LABELS[action] });
}
