// The labels of a new run as they stand in the form, and as the API takes them.

import type { NewRun } from '@metaplast/protocol';

/** As written. */
export interface Labels {
  /** Undefined until one is written. */
  name?: string;
  tags: string;
  notes: string;
  priority: string;
}

export const NO_LABELS: Labels = { tags: '', notes: '', priority: '5' };

/** `unnamed`: what it is called if no name was written. Empty fields are left to the server. */
export const labelsOf = ({ name, tags, notes, priority }: Labels, unnamed: string): Omit<NewRun, 'spec'> => ({
  ...(name === '' ? {} : { name: name ?? unnamed }),
  tags: tags.split(/[\s,]+/).filter((tag) => tag !== ''),
  notes,
  ...(priority.trim() === '' ? {} : { priority: Number(priority) }),
});
