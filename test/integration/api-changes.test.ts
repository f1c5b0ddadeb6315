// Whoever changes a run, loads it in parts or watches everything: conditions, ranges, and the stream of what changed.

import type { Evaluation, Run, RunList } from '@metaplast/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiRig, rigWithRun, SPEC as spec } from './api-rig.js';
import { eventsOf } from './contract.js';

const endless = { ...spec, outer: { ...spec.outer, generations: 100_000, pairs: 64 } };

let rig: ApiRig;
let path: string;
beforeAll(async () => {
  ({ rig, path } = await rigWithRun());
}, 120_000);
afterAll(() => rig.stop());

describe('conditions and ranges', () => {
  it('refuse to overwrite what somebody else has changed', async () => {
    const { id } = await rig.make<Run>('/v1/runs', { spec: endless, name: 'conditional' });
    const at = `/v1/runs/${id}`;
    await rig.becomes(at, 'running');
    const etag = String((await rig.ask('GET', at)).headers.etag);
    await vi.waitFor(async () => expect((await rig.get<Run>(at)).generation).toBeGreaterThan(1), { timeout: 30_000 });
    // Generations come in, and it is still the same to whoever labels it.
    const patched = await rig.ask('PATCH', at, { body: { name: 'mine' }, headers: { 'if-match': etag } });
    expect([patched.statusCode, patched.headers.etag === etag]).toEqual([200, false]);
    const late = await rig.ask('PATCH', at, { body: { name: 'yours' }, headers: { 'if-match': etag } });
    expect([late.statusCode, late.json().code]).toEqual([412, 'precondition-failed']);
    expect((await rig.ask('POST', `${at}/cancel`, { headers: { 'if-match': etag } })).statusCode).toBe(412);
    expect((await rig.ask('POST', `${at}/cancel`, { headers: { 'if-match': `"x", ${patched.headers.etag}` } })).statusCode).toBe(200);
    expect((await rig.ask('DELETE', at, { headers: { 'if-match': etag } })).statusCode).toBe(412);
    expect((await rig.ask('DELETE', at, { headers: { 'if-match': '*' } })).statusCode).toBe(204);
  });

  it('give parts of a file that make up the whole', async () => {
    const url = `${path}/checkpoints/latest?format=safetensors`;
    const whole = await rig.ask('GET', url);
    const { length } = whole.rawPayload;
    const part = async (range: string, headers: Record<string, string> = {}) => rig.ask('GET', url, { headers: { range, ...headers } });
    const parts = [await part('bytes=0-99'), await part('bytes=100-')];
    expect(parts.map(({ statusCode, headers }) => [statusCode, headers['content-range']])).toEqual([
      [206, `bytes 0-99/${length}`],
      [206, `bytes 100-${length - 1}/${length}`],
    ]);
    expect(Buffer.concat(parts.map(({ rawPayload }) => rawPayload)).equals(whole.rawPayload)).toBe(true);
    const beyond = await part(`bytes=${length}-`);
    expect([beyond.statusCode, beyond.headers['content-range'], beyond.json().code]).toEqual([
      416,
      `bytes */${length}`,
      'range-not-satisfiable',
    ]);
    expect((await part('bytes=0-9', { 'if-range': '"other"' })).rawPayload).toHaveLength(length);
    expect((await part('bytes=0-9', { 'if-range': String(whole.headers.etag) })).rawPayload).toHaveLength(10);
  });
});

interface Event {
  event: string;
  id?: string;
  data: { id: string; state: string };
}

/** Reads a stream until `enough`; what came of it is as documented. */
async function follow(since: string, headers: Record<string, string>, enough: (events: Event[]) => boolean): Promise<Event[]> {
  const leave = new AbortController();
  const reply = await fetch(`${rig.server.url}/v1/events${since}`, { headers, signal: leave.signal });
  let text = '';
  for await (const part of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (enough(eventsOf(text) as Event[])) break;
  }
  leave.abort();
  const got = { statusCode: reply.status, headers: Object.fromEntries(reply.headers), rawPayload: Buffer.from(text) };
  expect(rig.contract.violation('GET', '/v1/events', got)).toBeUndefined();
  return eventsOf(text) as Event[];
}

describe('the stream of everything', () => {
  it('tells what changed since a list was read, in order, also after a restart', async () => {
    const { position } = await rig.get<RunList>('/v1/runs?limit=1');
    const { id } = await rig.make<Run>('/v1/runs', { spec });
    const finished = (events: Event[]): boolean =>
      events.some(({ event, data }) => event === 'run' && data.id === id && data.state === 'succeeded');
    const live = await follow(`?since=${position}`, {}, finished);
    expect(live.find(({ event }) => event === 'workers')?.data).toMatchObject({ dispatch: 'in-process', slots: 2 });
    const ids = live.flatMap(({ id: at }) => (at === undefined ? [] : [Number(at)]));
    expect(ids[0]).toBeGreaterThan(position);
    expect([...new Set(ids)].sort((a, b) => a - b)).toEqual(ids);

    await vi.waitFor(async () => expect((await rig.get<Run>(`/v1/runs/${id}`)).baseline).not.toBeNull(), { timeout: 60_000 });
    const { position: before } = await rig.get<RunList>('/v1/runs?limit=1');
    await rig.restart();
    await rig.ask('DELETE', `/v1/runs/${id}`);
    const evaluation = await rig.make<Evaluation>(`${path}/evaluations`, { trials: 8, baselines: [] });
    const after = await follow('', { 'last-event-id': String(before) }, (events) =>
      events.some(({ event, data }) => event === 'evaluation' && data.id === evaluation.id && data.state === 'succeeded'),
    );
    const told = after.filter(({ id: at }) => at !== undefined);
    expect(told[0]).toMatchObject({ event: 'run-deleted', data: { id } });
    expect(new Set(told.slice(1).map(({ event, data }) => `${event} ${data.id}`))).toEqual(new Set([`evaluation ${evaluation.id}`]));
    expect((await rig.ask('GET', '/v1/events', { headers: { 'last-event-id': 'x' } })).statusCode).toBe(400);
  });
});
