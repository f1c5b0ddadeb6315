// A real redis-server of the test's own: found by REDIS_SERVER or on PATH, else installed with apt-get as root on Debian. Never
// skips: where there is none, tests fail with one line that says what to do.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

let binary: string | undefined;

function findBinary(): string {
  const named = process.env.REDIS_SERVER;
  const works = (path: string): boolean => spawnSync(path, ['--version']).status === 0;
  for (const path of [named, 'redis-server', 'valkey-server']) if (path && works(path)) return path;
  const root = process.getuid?.() === 0;
  if (root && spawnSync('apt-get', ['--version']).status === 0) {
    const quiet = { stdio: 'ignore', timeout: 240_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update', '-q'], quiet);
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], quiet);
    if (works('redis-server')) return 'redis-server';
  }
  throw new Error('no redis-server found: install it (Debian: apt-get install redis-server) or name it in REDIS_SERVER');
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export class RedisServer {
  readonly port: number;
  readonly url: string;
  /** For the test's own commands. */
  readonly client: Redis;
  readonly #folder = mkdtempSync(join(tmpdir(), 'metaplast-redis-'));
  #process!: ChildProcess;

  private constructor(port: number) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.client = new Redis(this.url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    this.client.on('error', () => {});
  }

  static async start(): Promise<RedisServer> {
    binary ??= findBinary();
    const server = new RedisServer(await freePort());
    server.begin();
    await server.client.connect().catch(() => {});
    await server.client.ping();
    return server;
  }

  /** Starts the process, on the same port and files as before. */
  begin(): void {
    const settings = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.#folder,
      appendonly: 'yes',
      'maxmemory-policy': 'noeviction',
      save: '',
    };
    this.#process = spawn(
      binary!,
      Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
      { stdio: 'ignore' },
    );
  }

  /** kill -9 */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    this.client.disconnect();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
