// GET /v1/compare: how the specs of some runs differ, and their curves.

import { CompareQuery, Comparison, Problem } from '@metaplast/protocol';
import { presentSummary } from '../present.js';
import type { App, Context } from '../types.js';
import { curvesOf } from './metrics.js';

export function addCompare(app: App, context: Context): void {
  const { store } = context;
  app.get(
    '/v1/compare',
    {
      schema: {
        summary: 'Runs side by side: differences of their specs, and curves',
        operationId: 'compareRuns',
        tags: ['runs'],
        querystring: CompareQuery,
        response: { 200: Comparison, default: Problem },
      },
    },
    async ({ query: { ids, points } }) => {
      const records = [...new Set(ids.split(','))].map((id) => store.run(id));
      return {
        runs: records.map(({ id }) => ({
          run: presentSummary(context, store.catalogue.run(id)),
          ...curvesOf(context, id, 0, points),
        })),
        differences: differences(records.map(({ spec }) => spec)),
      };
    },
  );
}

/** Fields that are not the same in all documents; arrays are compared as a whole. */
function differences(documents: readonly unknown[]): Comparison['differences'] {
  const flat = documents.map((document) => new Map(leaves(document, '')));
  const pointers = [...new Set(flat.flatMap((fields) => [...fields.keys()]))];
  return pointers
    .map((pointer) => ({ pointer, values: flat.map((fields) => fields.get(pointer) ?? null) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

function leaves(value: unknown, pointer: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[pointer, value]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, `${pointer}/${key}`));
}
