// What to say to a name that does not exist.

import { distance } from 'fastest-levenshtein';

/** Names that a slip may have turned into this one are near. */
const NEAR = 3;

/** "did you mean …?" for the names closest to the given one, else the list of all. */
export function suggestion(given: string, names: readonly string[]): string {
  const steps = names.map((name) => distance(given.toLowerCase(), name.toLowerCase()));
  const fewest = Math.min(...steps);
  const near = names.filter((name, i) => steps[i] === fewest && fewest <= NEAR && fewest < name.length);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there is ${names.join(', ')}`;
}
