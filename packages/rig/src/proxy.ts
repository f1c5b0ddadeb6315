// A TCP proxy that stands between a process and Redis and disturbs the connection.

import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly url: string;
  /** Delay of each piece of data, ms. */
  delayMs = 0;
  /** Swallows everything: the connection looks fine, but nothing gets through. */
  silent = false;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static start(target: number): Promise<TcpProxy> {
    return new Promise((resolve) => {
      const server = createServer();
      server.listen(0, '127.0.0.1', () => {
        const proxy = new TcpProxy(server, (server.address() as { port: number }).port);
        server.on('connection', (near) => proxy.#join(near, connect(target, '127.0.0.1')));
        resolve(proxy);
      });
    });
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (data) => {
        if (this.silent) return;
        if (this.delayMs === 0) to.write(data);
        else setTimeout(() => to.destroyed || to.write(data), this.delayMs);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => this.#pairs.delete(pair));
    }
  }

  /** Cuts all connections at once. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Ends one direction: Redis is told that nothing more will come, the other side is told nothing. */
  halfClose(): void {
    for (const [near, far] of this.#pairs) {
      near.removeAllListeners('end');
      far.removeAllListeners('end');
      far.end();
    }
  }

  end(): void {
    this.cut();
    this.#server.close();
  }
}
