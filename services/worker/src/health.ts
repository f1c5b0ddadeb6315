// Whether a worker is well, over HTTP, for whoever restarts it: a container engine or Kubernetes. Off unless a port is given.
//   GET /healthz  200, or 503 when it reaches Redis but its heartbeats do not get through: a restart may help
//   GET /readyz   200, or 503 while Redis is away or it is stopping: a restart does not help, chunks do not come

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RedisWorker } from '@metaplast/dispatch';

export interface Health {
  /** Where it listens. */
  port: number;
  close(): void;
}

/** What is looked at; undefined as long as the worker waits for Redis at its start. */
export type Patient = Pick<RedisWorker, 'connected' | 'stopping' | 'silentMs' | 'chunks'>;

/** Rejects with what listening fails with. */
export async function startHealth(
  { host, port, patience }: { host: string; port: number; patience: number },
  worker: () => Patient | undefined,
): Promise<Health> {
  const server: Server = createServer((request, response) => {
    const found = worker();
    if (request.url === '/healthz') answer(response, found === undefined || !found.connected || found.silentMs < patience, found);
    else if (request.url === '/readyz') answer(response, found?.connected === true && !found.stopping && found.silentMs < patience, found);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, well: boolean, found: Patient | undefined): void {
  const state = found === undefined ? 'starting' : found.stopping ? 'stopping' : 'ready';
  const body = { state, redis: found?.connected === true, chunks: found?.chunks.length ?? 0 };
  response.writeHead(well ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
