// What to say to a name that does not exist.

import { distance } from 'fastest-levenshtein';

/** Names that a slip may have turned into this one are near. */
const NEAR = 3;

/** "did you mean …?" for names close to the given one, else the list of all. */
export function suggestion(given: string, names: readonly string[]): string {
  const ranked = names
    .map((name) => ({ name, steps: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps);
  const near = ranked.filter(({ name, steps }) => steps <= NEAR && steps < name.length).map(({ name }) => name);
  return near.length > 0 ? `did you mean ${near.slice(0, 3).join(' or ')}?` : `there is ${names.join(', ')}`;
}
