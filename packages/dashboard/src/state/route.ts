// Where the user is, in the URL's hash: #/runs?state=running. Pages read and write their filters there.

import { signal } from '@preact/signals';

export interface Route {
  /** Path segments, decoded: ['runs', ID]. */
  path: readonly string[];
  query: URLSearchParams;
}

function read(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const segments = path.split('/').filter((segment) => segment !== '');
  return { path: segments.map(decode), query: new URLSearchParams(query) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export const route = signal(read());
addEventListener('hashchange', () => {
  route.value = read();
});

/** The link to a page. */
export function href(path: readonly string[], query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  const search = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

export function go(to: string): void {
  location.hash = to;
}

/** Changes the query of the page that is shown; undefined takes a key away. Makes no entry in the history. */
export function setQuery(changes: Record<string, string | undefined>): void {
  const { path, query } = route.value;
  const next = { ...Object.fromEntries(query), ...changes };
  history.replaceState(null, '', href(path, next));
  route.value = read();
}
