// Where two specs differ, in words.

/** One line a differing field: "outer.generations: 480 there, 20 here". */
export function differences(there: unknown, here: unknown, path = ''): string[] {
  if (isObject(there) && isObject(here)) {
    const keys = [...new Set([...Object.keys(there), ...Object.keys(here)])];
    return keys.flatMap((key) => differences(there[key], here[key], path === '' ? key : `${path}.${key}`));
  }
  return JSON.stringify(there) === JSON.stringify(here) ? [] : [`${path}: ${show(there)} there, ${show(here)} here`];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
