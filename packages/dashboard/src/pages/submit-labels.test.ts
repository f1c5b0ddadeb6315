import { describe, expect, it } from 'vitest';
import { labelsOf, NO_LABELS } from './submit-labels.js';

describe('labelsOf', () => {
  it('has the name that stands there before one is written', () => {
    expect(labelsOf(NO_LABELS, 'quickstart')).toEqual({ name: 'quickstart', tags: [], notes: '', priority: 5 });
  });

  it('leaves an empty name and an empty priority to the server, and takes 0 for what it is', () => {
    expect(labelsOf({ ...NO_LABELS, name: '', tags: ' a, b  c', priority: ' ' }, 'quickstart')).toEqual({
      tags: ['a', 'b', 'c'],
      notes: '',
    });
    expect(labelsOf({ ...NO_LABELS, priority: '0' }, 'quickstart').priority).toBe(0);
  });
});
