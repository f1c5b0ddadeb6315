// The change from one JSON document to another as a merge patch (RFC 7396): how the API takes changes of a spec.

/** What to send so that `before` becomes `after`; undefined where nothing changes. Lists are replaced as a whole. */
export function patchBetween(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = keys.map((key) => [key, key in after ? patchBetween(before[key], after[key]) : null] as const);
  const made = changes.filter(([, change]) => change !== undefined);
  return made.length === 0 ? undefined : Object.fromEntries(made);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
