// What the HTTP API refuses, and how: bad requests, and who may not ask.

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiRig, type Ask, type Method } from './api-rig.js';

const TOKEN = 'a-token-that-may-write';
const READ_TOKEN = 'a-token-that-may-read';

let rig: ApiRig;
let log = '';
beforeAll(async () => {
  const write = (line: string): void => {
    log += line;
  };
  rig = await ApiRig.start({ token: TOKEN, readToken: READ_TOKEN }, pino({ level: 'debug' }, { write }));
});
afterAll(() => rig.stop());

function ask(method: Method, url: string, { token = TOKEN, headers = {}, ...more }: Ask & { token?: string | null } = {}) {
  return rig.ask(method, url, { ...more, headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers } });
}

describe('bad requests', () => {
  it('hear of all fields that are wrong at once, and change nothing', async () => {
    const body = {
      nme: 1,
      tag: [],
      tags: ['no spaces'],
      priority: 99,
      spec: { seed: -1, outer: { pears: 3, pairs: 0 }, tasks: [{ family: 'stars' }] },
    };
    const reply = await ask('POST', '/v1/runs', { body });
    expect(reply.statusCode).toBe(400);
    expect(
      reply
        .json()
        .errors.map((e: { pointer: string }) => e.pointer)
        .sort(),
    ).toEqual(
      ['/nme', '/tag', '/priority', '/spec/outer/pairs', '/spec/outer/pears', '/spec/seed', '/spec/tasks/0/family', '/tags/0'].sort(),
    );
  });

  it.each([
    ['an unknown path', 'GET', '/v2/runs', undefined, 404, 'not-found'],
    ['an unknown run', 'GET', '/v1/runs/0123456789abcdef', undefined, 404, 'not-found'],
    ['an unknown run to steer', 'POST', '/v1/runs/0123456789abcdef/cancel', undefined, 404, 'not-found'],
    ['no id', 'GET', '/v1/runs/..%2f', undefined, 400, 'invalid-fields'],
    ['an unknown query field', 'GET', '/v1/runs?stat=running', undefined, 400, 'invalid-fields'],
    ['a limit out of bounds', 'GET', '/v1/runs?limit=0', undefined, 400, 'invalid-fields'],
    ['a broken escape', 'GET', '/v1/%zz', undefined, 400, 'bad-request'],
    ['another method', 'PUT', '/v1/runs', {}, 405, 'method-not-allowed'],
    ['a body that is no object', 'POST', '/v1/runs', [], 400, 'invalid-fields'],
    ['an unknown label', 'PATCH', '/v1/runs/0123456789abcdef', { state: 'succeeded' }, 400, 'invalid-fields'],
  ] as const)('%s', async (_name, method, url, body, status, code) => {
    const reply = await ask(method, url, { body });
    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });

  it.each([
    ['no JSON', '{', 'application/json', 400, 'bad-request'],
    ['too much', `{"notes":"${'x'.repeat(70_000)}"}`, 'application/json', 413, 'too-large'],
    ['another type', '<a/>', 'text/xml', 415, 'unsupported-media-type'],
    ['nothing', '', 'application/json', 400, 'bad-request'],
  ])('a body that is %s', async (_name, body, type, status, code) => {
    const reply = await ask('POST', '/v1/runs', { body, headers: { 'content-type': type } });
    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });
});

describe('security', () => {
  it('asks for a token, and for one that may write', async () => {
    for (const token of [null, 'wrong', `${TOKEN}x`]) {
      const reply = await ask('GET', '/v1/runs', { token });
      expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="metaplast"']);
    }
    expect((await ask('GET', '/v1/runs', { token: READ_TOKEN })).statusCode).toBe(200);
    expect((await ask('POST', '/v1/runs', { token: READ_TOKEN, body: {} })).json()).toMatchObject({ status: 403, code: 'forbidden-scope' });
    expect((await ask('GET', '/healthz', { token: null })).statusCode).toBe(200);
    expect((await ask('GET', '/readyz', { token: null })).statusCode).toBe(200);
    expect(log).not.toContain(TOKEN);
  });

  it.each([
    ['another Host', { host: 'evil.example' }],
    ['a Host that is no name', { host: 'a b' }],
    ['another Origin', { origin: 'http://evil.example' }],
    ['a null Origin', { origin: 'null' }],
  ])('refuses %s on all methods', async (_name, headers) => {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      expect((await ask(method, '/v1/runs', { headers })).json()).toMatchObject({ status: 403, code: 'forbidden-origin' });
    }
    // Probes of a cluster come by address.
    const probed = 'origin' in headers ? 403 : 200;
    for (const probe of ['/healthz', '/readyz']) expect((await ask('GET', probe, { headers })).statusCode).toBe(probed);
  });

  it('takes requests of its own pages, on any port', async () => {
    const headers = { host: 'localhost:1234', origin: 'http://localhost:1234' };
    expect((await ask('GET', '/v1/runs', { headers })).statusCode).toBe(200);
  });

  it('sends a strict policy', async () => {
    const { headers } = await ask('GET', '/v1/version');
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});
