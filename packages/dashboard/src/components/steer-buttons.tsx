// Buttons for what can be done with runs at this moment.

import type { JSX } from 'preact';
import { ACTIONS, type Action, can, labelOf, type Steered, steer } from '../steer.js';
import { Icon } from './icon.js';

interface Props {
  runs: readonly Steered[];
  /** After something was done. */
  onDone(action: Action): void;
}

export function SteerButtons({ runs, onDone }: Props): JSX.Element {
  const act = async (action: Action): Promise<void> => {
    if (await steer(action, runs)) onDone(action);
  };
  return (
    <>
      {ACTIONS.filter((action) => runs.some((run) => can(action, run))).map((action) => (
        <button key={action} type="button" class={action === 'delete' ? 'danger' : ''} onClick={() => void act(action)}>
          <Icon name={action} />
          {labelOf(action)}
        </button>
      ))}
    </>
  );
}
