// Runs by what people call them: id, a part of it that no other id begins with, or name.

import { type Client, ProblemError } from '@metaplast/client';
import type { EvaluationSummary, RunSummary } from '@metaplast/protocol';
import { InputError } from '../errors.js';
import { suggestion } from '../spec/suggest.js';

const PAGE = 200;
/** Names that an error lists. */
const SHOWN = 8;

type Place = { limit: number; cursor?: string };

/** All runs that fit, newest first. */
export const allRuns = (client: Client, query: { state?: string; tag?: string; name?: string } = {}): AsyncGenerator<RunSummary> =>
  allPages(async (place) => {
    const { runs, nextCursor } = await client.list({ ...query, ...place });
    return [runs, nextCursor];
  });

/** All evaluations that fit, newest first. */
export const allEvaluations = (client: Client, query: { state?: string; run?: string }): AsyncGenerator<EvaluationSummary> =>
  allPages(async (place) => {
    const { evaluations, nextCursor } = await client.evaluations({ ...query, ...place });
    return [evaluations, nextCursor];
  });

async function* allPages<T>(page: (place: Place) => Promise<[found: T[], nextCursor: string | null]>): AsyncGenerator<T> {
  for (let place: Place | undefined = { limit: PAGE }; place; ) {
    const [found, cursor]: [T[], string | null] = await page(place);
    yield* found;
    place = cursor === null ? undefined : { limit: PAGE, cursor };
  }
}

/** The id of the one run that is meant; throws InputError. */
export async function findRun(client: Client, word: string): Promise<string> {
  if (word === '') throw new InputError('a run is called by its id, the beginning of it, or its name');
  if (/^[0-9a-f]{16}$/.test(word) && (await exists(client, word))) return word;
  const named = word.length <= 120 ? await collect(client, { name: word }, (run) => run.name === word) : [];
  const begin = /^[0-9a-f]{1,15}$/.test(word) ? await collect(client, {}, (run) => run.id.startsWith(word) && run.name !== word) : [];
  const found = [...named, ...begin];
  if (found.length === 1) return found[0]!.id;
  if (found.length > 1) {
    const list = found.slice(0, SHOWN).map((run) => `${run.id} ("${run.name}", ${run.state})`);
    throw new InputError(`${found.length} runs are called ${word}: ${list.join(', ')}${found.length > SHOWN ? ', …' : ''}; give the id`);
  }
  throw new InputError(`there is no run ${JSON.stringify(word)}; ${await nearest(client, word)}`);
}

async function exists(client: Client, id: string): Promise<boolean> {
  try {
    await client.run(id);
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'not-found') return false;
    throw error;
  }
}

async function collect(client: Client, query: { name?: string }, fits: (run: RunSummary) => boolean): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  for await (const run of allRuns(client, query)) if (fits(run)) found.push(run);
  return found;
}

/** Among the newest runs. */
async function nearest(client: Client, word: string): Promise<string> {
  const { runs } = await client.list({ limit: PAGE });
  if (runs.length === 0) return 'the server has no runs yet';
  const near = suggestion(word, [...new Set(runs.flatMap(({ id, name }) => [name, id]))]);
  if (near.startsWith('did you mean')) return near;
  const newest = [...new Set(runs.map(({ name }) => name))].slice(0, SHOWN);
  return `the newest are ${newest.join(', ')} (metaplast ls shows all)`;
}
