// From what the workers measured to one loss for each member of each pair.

export interface MemberLosses {
  /** [pair][+, -], each the mean over the pair's tasks; all finite. */
  members: Float64Array;
  /** How many single losses were NaN or infinite, and were replaced by the cap. */
  nonFinite: number;
  /** How many finite ones were at the cap or above. */
  capped: number;
}

/**
 * Averages `losses` [pair][task][+, -] over the tasks, in order. What is not finite or above `cap` counts as `cap`: a
 * member that diverged is bad, but no worse than others that did. Throws RangeError when the number of losses is wrong.
 */
export function memberLosses(losses: Float32Array, pairs: number, tasksPerPair: number, cap: number): MemberLosses {
  const expected = 2 * pairs * tasksPerPair;
  if (losses.length !== expected) {
    throw new RangeError(`${pairs} pairs on ${tasksPerPair} tasks each have ${expected} losses, got ${losses.length}`);
  }
  const highest = Math.fround(cap);
  const members = new Float64Array(2 * pairs);
  let nonFinite = 0;
  let capped = 0;
  for (let at = 0; at < expected; at++) {
    let loss = losses[at]!;
    if (!Number.isFinite(loss)) {
      nonFinite++;
      loss = highest;
    } else if (loss >= highest) {
      capped++;
      loss = highest;
    }
    const pair = Math.floor(at / (2 * tasksPerPair));
    const member = 2 * pair + (at & 1);
    members[member] = members[member]! + loss;
  }
  return { members: members.map((sum) => sum / tasksPerPair), nonFinite, capped };
}
