// From what the workers measured to one loss for each member of each pair.

export interface CappedLosses {
  /** [pair][task][+, -]; all finite. */
  values: Float64Array;
  /** How many were NaN or infinite, and were replaced by the cap. */
  nonFinite: number;
  /** How many finite ones were at the cap or above. */
  capped: number;
}

/**
 * What is not finite or above `cap` counts as `cap`: a member that diverged is bad, but no worse than others that did. Throws RangeError
 * when the number of losses [pair][task][+, -] is wrong.
 */
export function capLosses(losses: Float32Array, pairs: number, tasksPerPair: number, cap: number): CappedLosses {
  const expected = 2 * pairs * tasksPerPair;
  if (losses.length !== expected) {
    throw new RangeError(`${pairs} pairs on ${tasksPerPair} tasks each have ${expected} losses, got ${losses.length}`);
  }
  const highest = Math.fround(cap);
  let nonFinite = 0;
  let capped = 0;
  const values = Float64Array.from(losses, (loss) => {
    if (!Number.isFinite(loss)) nonFinite++;
    else if (loss >= highest) capped++;
    else return loss;
    return highest;
  });
  return { values, nonFinite, capped };
}

/** The members' losses [pair][+, -]: means of `losses` [pair][task][+, -] over the pair's tasks, summed in order. */
export function memberLosses(losses: Float64Array, tasksPerPair: number): Float64Array {
  const members = new Float64Array(losses.length / tasksPerPair);
  losses.forEach((loss, at) => {
    const pair = Math.floor(at / (2 * tasksPerPair));
    members[2 * pair + (at & 1)]! += loss;
  });
  return members.map((sum) => sum / tasksPerPair);
}
