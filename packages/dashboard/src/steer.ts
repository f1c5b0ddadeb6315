// What can be done with a run in which state, and doing it.

import type { RunSummary } from '@metaplast/protocol';
import { confirmed } from './components/confirm.js';
import { count, whole } from './format.js';
import { client } from './state/api.js';
import { messageOf, say } from './state/notices.js';

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

/** So many runs are named in a question or a message. */
const MOST_NAMED = 10;

/** Does it to all that it can be done to, after asking where something is lost; whether it was done to any of them. */
export async function steer(action: Action, runs: readonly Steered[]): Promise<boolean> {
  const possible = runs.filter((run) => can(action, run));
  if (possible.length === 0 || !(await agreed(action, possible))) return false;
  const results = await Promise.allSettled(possible.map(({ id }) => client.value[action](id)));
  const failed = results.flatMap((result, i) => (result.status === 'rejected' ? [{ run: possible[i]!, error: result.reason }] : []));
  const done = possible.length - failed.length;
  if (failed.length === 0) say('done', `${DONE[action]} ${together(possible)}.`);
  else if (possible.length === 1) say('error', messageOf(failed[0]!.error));
  else {
    const reasons = failed.map(({ run, error }) => `“${run.name}”: ${messageOf(error)}`);
    say('error', `${DONE[action]} ${done} of ${count(possible.length, 'run')}. ${firstOf(reasons).join(' ')}`);
  }
  return done > 0;
}

const together = (runs: readonly Steered[]): string => (runs.length === 1 ? `“${runs[0]!.name}”` : count(runs.length, 'run'));

function firstOf(texts: readonly string[]): readonly string[] {
  return texts.length > MOST_NAMED ? [...texts.slice(0, MOST_NAMED), `and ${whole(texts.length - MOST_NAMED)} more`] : texts;
}

async function agreed(action: Action, runs: readonly Steered[]): Promise<boolean> {
  if (action !== 'delete' && action !== 'cancel') return true;
  const text =
    action === 'delete'
      ? 'Curves, checkpoints and θ are gone for good.'
      : 'It stops at its last committed generation. What is committed stays, and it can be resumed.';
  const items = runs.length === 1 ? {} : { items: firstOf(runs.map(({ name }) => name)) };
  return confirmed({ title: `${LABELS[action]} ${together(runs)}?`, text, ...items, action: LABELS[action] });
}
