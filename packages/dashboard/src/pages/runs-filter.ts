// Which runs the list shows and in which order, as its URL says it.

import type { RunSummary } from '@metaplast/protocol';

export const FILTERS: Record<string, { label: string; states?: readonly string[] }> = {
  all: { label: 'All' },
  active: { label: 'Active', states: ['queued', 'starting', 'running', 'paused', 'cancelling', 'interrupted'] },
  succeeded: { label: 'Succeeded', states: ['succeeded'] },
  failed: { label: 'Failed', states: ['failed'] },
  cancelled: { label: 'Cancelled', states: ['cancelled'] },
};

/** What a column sorts by; runs without a value come last in both directions. */
export const SORTS: Record<string, (run: RunSummary) => number | string | undefined> = {
  state: ({ state }) => state,
  name: ({ name }) => name.toLowerCase(),
  progress: ({ generation, generations }) => generation / generations,
  heldOut: ({ heldOut }) => heldOut?.accuracy,
  rate: ({ rate }) => rate?.trainingsPerSecond,
  created: ({ createdAt }) => createdAt,
};

export interface Filter {
  show: string;
  text: string;
  tag: string | undefined;
  sort: string;
  descending: boolean;
  page: number;
}

export const DEFAULT_SORT = '-created';

export function readFilter(query: URLSearchParams): Filter {
  const sort = query.get('sort') ?? DEFAULT_SORT;
  const key = sort.replace(/^-/, '');
  const show = query.get('show') ?? 'all';
  return {
    show: Object.hasOwn(FILTERS, show) ? show : 'all',
    text: query.get('q') ?? '',
    tag: query.get('tag') ?? undefined,
    sort: Object.hasOwn(SORTS, key) ? key : 'created',
    descending: sort.startsWith('-'),
    page: Math.max(1, Math.trunc(Number(query.get('page') ?? 1)) || 1),
  };
}

export function choose(runs: readonly RunSummary[], { show, text, tag }: Filter): RunSummary[] {
  const states = FILTERS[show]!.states;
  const wanted = text.toLowerCase();
  return runs.filter(
    ({ state, name, id, tags }) =>
      (!states || states.includes(state)) &&
      (wanted === '' || name.toLowerCase().includes(wanted) || id.startsWith(wanted)) &&
      (tag === undefined || tags.includes(tag)),
  );
}

export function sorted(runs: RunSummary[], { sort, descending }: Filter): RunSummary[] {
  const value = SORTS[sort]!;
  return runs.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    const order = left < right ? -1 : Number(left > right);
    return descending ? -order : order;
  });
}
