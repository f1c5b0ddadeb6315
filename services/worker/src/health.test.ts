import { afterEach, describe, expect, it } from 'vitest';
import { type Health, type Patient, startHealth } from './health.js';

let health: Health;
afterEach(() => health.close());

const start = async (worker: () => Patient | undefined): Promise<(path: string) => Promise<[number, unknown]>> => {
  health = await startHealth({ host: '127.0.0.1', port: 0, patience: 1000 }, worker);
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return [response.status, response.status === 404 ? undefined : await response.json()];
  };
};
const well: Patient = { connected: true, stopping: false, silentMs: 100, chunks: [] };

describe('health of a worker', () => {
  it.each([
    ['waits for Redis at the start', undefined, 200, 503, { state: 'starting', redis: false, chunks: 0 }],
    ['is well', well, 200, 200, { state: 'ready', redis: true, chunks: 0 }],
    ['has lost Redis', { ...well, connected: false, silentMs: 9999 }, 200, 503, { state: 'ready', redis: false, chunks: 0 }],
    ['is stopping', { ...well, stopping: true }, 200, 503, { state: 'stopping', redis: true, chunks: 0 }],
    ['is silent though Redis is there', { ...well, silentMs: 1000 }, 503, 503, { state: 'ready', redis: true, chunks: 0 }],
  ] as const)('that %s', async (_what, worker, healthz, readyz, body) => {
    const get = await start(() => worker);
    expect(await get('/healthz')).toEqual([healthz, body]);
    expect(await get('/readyz')).toEqual([readyz, body]);
  });

  it('answers nothing else, and says that a port is taken', async () => {
    const get = await start(() => well);
    expect(await get('/')).toEqual([404, undefined]);
    await expect(startHealth({ host: '127.0.0.1', port: health.port, patience: 1 }, () => well)).rejects.toThrow('EADDRINUSE');
  });
});
