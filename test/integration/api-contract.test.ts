// The API against its own document: it lints clean, and thousands of random and mutated requests at every route get a listed answer,
// none of them a failure of the server; what is refused changes nothing.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import type { Evaluation, Run } from '@metaplast/protocol';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiRig, type Method } from './api-rig.js';

const spec = {
  seed: 3,
  inner: { steps: 5, test: 16 },
  outer: { generations: 4, pairs: 4, learningRate: { warmup: 2 } },
  evaluation: { every: 4, trials: 12, reportTrials: 8, validationTrials: 8, families: [{ family: 'two-moons' }] },
};
const REQUESTS = 2000;
const HANGS_MS = 20_000;

let rig: ApiRig;
let run: string;
let evaluation: string;
let store: Database.Database;
beforeAll(async () => {
  rig = await ApiRig.start();
  store = new Database(join(rig.folder, 'metaplast.sqlite'), { readonly: true });
  run = (await rig.make<Run>('/v1/runs', { spec, name: 'base' })).id;
  await rig.becomes(`/v1/runs/${run}`, 'succeeded');
  await vi.waitFor(async () => expect((await rig.get<Run>(`/v1/runs/${run}`)).baseline).not.toBeNull(), { timeout: 60_000, interval: 20 });
  evaluation = (await rig.make<Evaluation>(`/v1/runs/${run}/evaluations`, { trials: 8, baselines: ['sgd'] })).id;
  await rig.becomes(`/v1/evaluations/${evaluation}`, 'succeeded');
}, 120_000);
afterAll(async () => {
  store.close();
  await rig.stop();
});

it('lints clean with the recommended rules', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(rig.contract.document), config });
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`)).toEqual([]);
});

const junk = fc.oneof(
  fc.constantFrom('', '..', '%00', '-1', '1e999', 'null', "'; DROP TABLE runs; --", '0'.repeat(300), '0123456789abcdef', 'latest', '💥'),
  fc.string({ maxLength: 40 }),
  fc.integer().map(String),
);

/** Mostly null. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

/** Bodies that are taken, by the operation; each is a place to begin to go wrong from. */
const BODIES: Record<string, object[]> = {
  submitRun: [{ spec, name: 'x', tags: ['t'], notes: 'n', priority: 3 }, {}],
  forkRun: [{ generation: 0, spec: { outer: { generations: 9 } }, restart: false, name: 'f' }, { restart: true }],
  patchRun: [{ name: 'base', tags: ['a'], notes: '' }],
  evaluateRun: [{ generation: 'latest', families: [{ family: 'circles', params: { noise: 0.1 } }], trials: 8, baselines: ['adam'] }],
  submitEvaluation: [
    { theta: Array.from({ length: 477 }, () => 0.1), spec, baselines: [], trials: 8 },
    { theta: { theta: [0.5], spec: {}, sha256: 'x' }, trials: 8 },
  ],
};

/** Something somewhere in a document replaced, removed or added. */
function mutated(document: unknown, way: readonly number[], value: unknown): unknown {
  if (typeof document !== 'object' || document === null) return value;
  const [step = 0, ...rest] = way;
  const copy = structuredClone(document) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[step % (keys.length + 1)];
  if (key === undefined) return Array.isArray(copy) ? [...copy, value] : { ...copy, [`more${step}`]: value };
  if (rest.length === 0) {
    if (value === undefined) delete copy[key];
    else copy[key] = value;
    return copy;
  }
  copy[key] = mutated(copy[key], rest, value);
  return copy;
}

interface Wanted {
  method: Method;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** A request at a random operation: as it is meant, or with some parts of it wrong. */
const request = fc.record({
  pick: fc.nat(),
  method: seldom(fc.constantFrom<Method>('GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'), 10),
  path: seldom(junk, 8),
  query: fc.array(fc.tuple(fc.nat(), fc.option(junk, { freq: 1 })), { maxLength: 3 }),
  strange: seldom(fc.tuple(junk, junk), 12),
  headers: fc.array(fc.tuple(fc.nat(), fc.constantFrom('*', '"1"', 'bytes=0-9', 'bytes=9999999-', '0-0', '5', 'abc', 'k1', 'k2')), {
    maxLength: 2,
  }),
  type: seldom(
    fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'x', 'multipart/form-data; boundary=a'),
    12,
  ),
  body: fc.nat(),
  way: fc.array(fc.nat({ max: 12 }), { maxLength: 4 }),
  value: fc.oneof({ weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) }, fc.constantFrom(undefined, 1e308, -1, '', '__proto__', [[]])),
  raw: seldom(fc.constantFrom('', '{', '[]', 'null', '{"__proto__": {"a": 1}}', '"x"', '1'.repeat(70_000)), 12),
  times: fc.constantFrom(0, 0, 1, 1, 2, 3),
});

type Wish = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Values that a query parameter may well have. */
const LIKELY: Record<string, string[]> = {
  state: ['succeeded', 'queued'],
  generation: ['0', 'latest', '3'],
  format: ['npz', 'safetensors', 'json'],
  since: ['0', '3'],
  limit: ['1', '200'],
  points: ['2', '100'],
  name: ['base', 'x'],
  dryRun: ['true', 'false'],
};

function requestOf(wish: Wish): Wanted {
  const operations = rig.contract.operations();
  const { method: documented, template, operation } = operations[wish.pick % operations.length]!;
  const method = wish.method ?? (documented.toUpperCase() as Method);
  const ids: Record<string, string> = {
    id: template.includes('/evaluations/{id}') ? evaluation : run,
    generation: ['latest', '0', '4'][wish.pick % 3]!,
    file: ['meta-training.svg', 'decision-maps.png', 'inner-training.json', 'rule-response.svg'][wish.pick % 4]!,
    name: 'smoke',
  };
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(wish.path ?? ids[name] ?? 'x'));
  const parameters = operation.parameters ?? [];
  const query = new URLSearchParams(template === '/v1/compare' ? { ids: run } : {});
  const ofQuery = parameters.filter((p) => p.in === 'query');
  for (const [which, value] of wish.query) {
    const { name } = ofQuery[which % ofQuery.length] ?? { name: 'nothing' };
    const likely = LIKELY[name] ?? [run];
    query.set(name, value ?? likely[which % likely.length]!);
  }
  if (wish.strange) query.set(...wish.strange);
  // The stream of everything has no end: it is asked for what it refuses only.
  if (new URL(path, 'http://server').pathname === '/v1/events') query.set('since', '-1');
  const ofHeader = parameters.filter((p) => p.in === 'header');
  const headers: Record<string, string> = Object.fromEntries(
    wish.headers.flatMap(([which, value]) => (ofHeader.length > 0 ? [[ofHeader[which % ofHeader.length]!.name.toLowerCase(), value]] : [])),
  );
  // What the others need must not go.
  if (method === 'DELETE') headers['if-match'] = '"gone"';
  const hasBody = method !== 'GET' && method !== 'HEAD' && (operation.requestBody !== undefined || wish.raw !== null);
  if (!hasBody) return { method, url: `${path}?${query}`, headers, body: undefined };
  const bases = BODIES[operation.operationId] ?? [{}];
  let body: unknown = bases[wish.body % bases.length];
  for (let i = 0; i < wish.times; i++)
    body = mutated(
      body,
      wish.way.map((step) => step + i),
      wish.value,
    );
  headers['content-type'] = wish.type ?? 'application/json';
  return { method, url: `${path}?${query}`, headers, body: wish.raw ?? JSON.stringify(body) ?? '' };
}

/** All that the store holds, a digest for each table; only the lease changes by itself. */
function contents(): Record<string, string> {
  const digest = (table: string): string =>
    createHash('sha256')
      .update(serialize(store.prepare(`SELECT * FROM ${table}`).all()))
      .digest('hex');
  const tables = store.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'lease'").pluck().all() as string[];
  return Object.fromEntries(tables.map((table) => [table, digest(table)]));
}

describe('random and mutated requests', () => {
  it('get an answer that is documented, never fail the server, and change nothing when they are refused', async () => {
    const statuses = new Map<number, number>();
    let before = contents();
    const property = fc.asyncProperty(request, async (wish) => {
      const { method, url, headers, body } = requestOf(wish);
      const asked = rig.ask(method, url, { headers, ...(body === undefined ? {} : { body }) });
      const hangs = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`${method} ${url} hangs`)), HANGS_MS).unref());
      const { statusCode, headers: got } = await Promise.race([asked, hangs]);
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      expect([method, url, body, statusCode < 500]).toEqual([method, url, body, true]);
      if (method === 'GET' || method === 'HEAD') return;
      if (statusCode >= 400) {
        expect([method, url, body, contents()]).toEqual([method, url, body, before]);
        return;
      }
      const made = got.location as string | undefined;
      if (made !== undefined) await rig.ask('POST', `${made}/cancel`);
      if (made !== undefined) await rig.ask('DELETE', made);
      before = contents();
    });
    await fc.assert(property, { numRuns: REQUESTS });
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 404, 405, 409, 412, 413, 415]));
  });
});

describe('what any route can say', () => {
  it('405 with what is allowed, 413, 415, and 429 with when to come back', async () => {
    const put = await rig.ask('PUT', `/v1/runs/${run}`, { body: {} });
    expect([put.statusCode, put.headers.allow]).toEqual([405, 'GET, HEAD, PATCH, DELETE']);
    expect((await rig.ask('OPTIONS', '/v1/runs')).statusCode).toBe(405);
    const large = { notes: 'x'.repeat(70_000) };
    expect((await rig.ask('POST', '/v1/runs', { body: large })).statusCode).toBe(413);
    expect((await rig.ask('POST', '/v1/evaluations', { body: { theta: { sha256: 'x'.repeat(1_100_000) } } })).statusCode).toBe(413);
    expect((await rig.ask('POST', '/v1/runs', { body: 'a=b', headers: { 'content-type': 'text/plain' } })).statusCode).toBe(415);
    const limited = await ApiRig.start({ rateLimit: 3 });
    try {
      const replies = [];
      for (let i = 0; i < 4; i++) replies.push(await limited.ask('GET', '/v1/version'));
      expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429, 429]);
      expect(replies[3]!.json()).toMatchObject({ code: 'too-many-requests' });
      expect(Number(replies[3]!.headers['retry-after'])).toBeGreaterThan(0);
      expect((await limited.ask('GET', '/healthz')).statusCode).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  it('429 to those who guess tokens or paths too', async () => {
    const limited = await ApiRig.start({ rateLimit: 4, token: 'a'.repeat(32) });
    try {
      const replies = [];
      for (const path of ['/v1/runs', '/v1/runs', '/nowhere', '/v1/runs', '/nowhere']) {
        replies.push(await limited.ask('GET', path, { headers: { authorization: 'Bearer guess' } }));
      }
      expect(replies.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 429, 429]);
    } finally {
      await limited.stop();
    }
  });
});
