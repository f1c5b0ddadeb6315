// A real Redis: a redis-server process of one's own, to be killed and filled at will, or the one that REDIS_URL names.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis } from './find-redis.js';
import { endWithUs } from './reaper.js';

export interface RedisServerOptions {
  /** redis-server, or what can stand for it; by default found or installed. */
  binary?: string;
  /** Settings of redis.conf, on top of an append-only file and noeviction. */
  settings?: Readonly<Record<string, string | number>>;
  /** TLS only: paths of certificate, key and certificate authority. */
  tls?: { cert: string; key: string; ca: string };
  /** Of the default user, for the caller's own commands. */
  password?: string;
}

/** How a process is started, again and again. */
interface Launch {
  binary: string;
  settings: Readonly<Record<string, string | number>>;
  folder: string;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export class RedisServer {
  readonly url: string;
  /** For the caller's own commands. */
  readonly client: Redis;
  readonly #launch: Launch | undefined;
  #process: ChildProcess | undefined;

  private constructor(url: string, client: Redis, launch?: Launch) {
    this.url = url;
    this.client = client;
    this.#launch = launch;
    client.on('error', () => {});
  }

  /** Starts a process. Throws when no server can be found, or when it ends at once. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const { binary = findRedis(), tls, password } = options;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'metaplast-redis-'));
    const ports = tls
      ? {
          port: 0,
          'tls-port': port,
          'tls-cert-file': tls.cert,
          'tls-key-file': tls.key,
          'tls-ca-cert-file': tls.ca,
          'tls-auth-clients': 'no',
        }
      : { port };
    const settings = { ...ports, bind: '127.0.0.1', dir: folder, appendonly: 'yes', 'maxmemory-policy': 'noeviction', save: '' };
    const url = tls ? `rediss://localhost:${port}` : `redis://127.0.0.1:${port}`;
    const client = new Redis(url, {
      lazyConnect: true,
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
      ...(password ? { password } : {}),
      ...(tls ? { tls: { rejectUnauthorized: false } } : {}),
    });
    const server = new RedisServer(url, client, { binary, folder, settings: { ...settings, ...options.settings } });
    server.begin();
    await server.#answers();
    return server;
  }

  /** The server that REDIS_URL names, or else one of its own: for tests that neither kill nor reconfigure it. */
  static async any(): Promise<RedisServer> {
    const url = process.env.REDIS_URL;
    if (!url) return await RedisServer.start();
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    try {
      await client.connect();
    } catch (cause) {
      throw new Error('REDIS_URL names a Redis that cannot be reached: start it, or unset REDIS_URL to use a redis-server of the tests', {
        cause,
      });
    }
    return new RedisServer(url, client);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  /** Starts the process, on the same port and files as before. */
  begin(): void {
    const { binary, settings } = this.#launch!;
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    this.#process = spawn(binary, args, { stdio: 'ignore' });
    endWithUs(this.#process);
  }

  /** kill -9 */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#process!;
    if (exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process!.once('exit', resolve));
    this.#process!.kill('SIGKILL');
    await gone;
  }

  /** Ends it, or leaves the one of REDIS_URL without the keys of fresh prefixes. */
  async end(): Promise<void> {
    if (this.#launch === undefined) {
      for await (const keys of this.client.scanStream({ match: `${FRESH}*`, count: 1000 })) {
        if ((keys as string[]).length > 0) await this.client.unlink(keys as string[]);
      }
      this.client.disconnect();
      return;
    }
    this.client.disconnect();
    await this.kill();
    rmSync(this.#launch.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    const ended = new Promise<never>((_, reject) => {
      this.#process!.once('exit', (code) => reject(new Error(`${this.#launch!.binary} ended at once (${code})`)));
    });
    const answered = this.client
      .connect()
      .catch(() => {})
      .then(() => this.client.ping());
    try {
      await Promise.race([answered, ended]);
    } finally {
      ended.catch(() => {});
    }
  }
}

/** How key prefixes of tests begin. */
export const FRESH = 'metaplast-test-';
