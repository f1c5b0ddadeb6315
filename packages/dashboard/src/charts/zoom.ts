// Zooming with keys.

/** By which a step widens what is shown, or narrows it. */
export const STEP = 2;

/**
 * `shown` of the axis [first, last], made `factor` times as wide with what is at `around` staying where it is; undefined if that is all.
 */
export function zoomed(
  shown: readonly [number, number],
  [first, last]: readonly [number, number],
  around: number,
  factor: number,
): readonly [number, number] | undefined {
  const [low, high] = shown.map((edge) => around + (edge - around) * factor) as [number, number];
  const [from, to] = [Math.max(first, low), Math.min(last, high)];
  return from <= first && to >= last ? undefined : [from, to];
}
