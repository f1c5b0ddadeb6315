// Run specs as lists of fields: what differs between two of them, and the command line that repeats a run.

/** Path → JSON value; lists are values, and empty objects are left out. */
export function fields(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  const parts = Object.entries(value).flatMap(([key, inner]) => [...fields(inner, path === '' ? key : `${path}.${key}`)]);
  return new Map(parts);
}

export interface Difference {
  path: string;
  /** Of each spec, in order; undefined where the field is not there. */
  values: readonly unknown[];
}

/** Fields that are not the same in all specs, in the first one's order. */
export function differences(specs: readonly unknown[]): Difference[] {
  const maps = specs.map((spec) => fields(spec));
  const paths = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  return paths
    .map((path) => ({ path, values: maps.map((map) => map.get(path)) }))
    .filter(({ values }) => values.some((value) => JSON.stringify(value) !== JSON.stringify(values[0])));
}

/** The command that repeats a run on one machine, to the last bit; `base` is the preset's resolved spec. */
export function commandLine(spec: unknown, preset: string, base: unknown): string {
  const settings = differences([base, spec]).flatMap(({ path, values: [, value] }) =>
    // What only the preset has is `stages`: without any is the same as with none.
    [`--set ${quoted(`${path}=${value === undefined ? '[]' : typeof value === 'string' ? value : JSON.stringify(value)}`)}`],
  );
  return ['npx metaplast train', `--preset ${quoted(preset)}`, ...settings, '--out out/again'].join(' ');
}

/** The command that repeats a fork from one of its checkpoints: the spec and the optimiser are the fork's own, so nothing is to be set. */
export const forkCommand = (id: string, generation: number, server: string): string =>
  `npx metaplast fork ${id} --generation ${generation} --url ${server}`;

/** For a POSIX shell, and zsh, which takes brackets for a pattern. */
const quoted = (text: string): string => (/^[\w.,:=/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
