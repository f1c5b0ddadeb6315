// A served process with a witness before it: every reply that anybody gets, be it by fetch, the client, the command line, curl or Python,
// is held against the server's own OpenAPI document. What does not fit fails the test that ends the server.

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Contract, type Document } from './contract.js';
import { type Served, serve as serveAlone } from './server.js';

export interface Witnessed extends Served {
  /** The process itself, without its witness. */
  direct: string;
}

/** As serve() of server.ts; `url` is the witness's. */
export async function serve(data: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Witnessed> {
  const at = args.indexOf('--port');
  const others = at < 0 ? args : args.toSpliced(at, 2);
  const served = await serveAlone(data, others, env);
  const direct = served.url.replace(/\/\/[^:]+/, '//127.0.0.1');
  const witness = await Witness.start(direct, at < 0 ? 0 : Number(args[at + 1]));
  const gone = new Promise<void>((resolve) => served.child.once('close', resolve)).then(() => witness.stop());
  const end: Served['end'] = async (signal) => {
    const code = await served.end(signal);
    await gone;
    witness.expectNoViolation();
    return code;
  };
  return { ...served, url: witness.url, direct, end };
}

/** Hands on requests and replies as they are, and notes what is not as documented. */
export class Witness {
  readonly #violations: string[] = [];
  readonly #target: string;
  readonly #contract: Contract;
  readonly #server: Server;

  private constructor(target: string, document: Document) {
    this.#target = target;
    this.#contract = new Contract(document);
    this.#server = createServer((asked, reply) => this.#ask(asked, reply));
  }

  /** Before the server at `target`; on a free port unless one is given. */
  static async start(target: string, port = 0): Promise<Witness> {
    const witness = new Witness(target, (await (await fetch(`${target}/openapi.json`)).json()) as Document);
    await new Promise<void>((resolve, reject) => witness.#server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return witness;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  expectNoViolation(): void {
    if (this.#violations.length > 0) throw new Error(`replies that are not as documented:\n${this.#violations.join('\n')}`);
  }

  /** Replies that have ended still reach who asked; whoever waits for more is cut off. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      setTimeout(() => this.#server.closeAllConnections(), 200);
    });
  }

  #ask(asked: IncomingMessage, reply: ServerResponse): void {
    const { method, url: path, headers } = asked;
    const onward = request(this.#target + path, { method: method!, headers, agent: false });
    onward.on('response', (got) => {
      const body: Buffer[] = [];
      reply.writeHead(got.statusCode!, got.statusMessage, got.rawHeaders);
      got.on('data', (data: Buffer) => body.push(data));
      got.on('close', () => {
        if (got.complete || isStream(got)) this.#judge(method!, path!, got, Buffer.concat(body));
        if (!got.complete) reply.destroy();
      });
      got.pipe(reply);
      if (isStream(got)) reply.flushHeaders();
    });
    onward.on('error', () => reply.destroy());
    reply.on('close', () => onward.destroy());
    asked.pipe(onward);
  }

  #judge(method: string, path: string, { statusCode, headers }: IncomingMessage, rawPayload: Buffer): void {
    const violation = this.#contract.violation(method, path, { statusCode: statusCode!, headers, rawPayload });
    if (violation !== undefined) this.#violations.push(violation);
  }
}

const isStream = ({ headers }: IncomingMessage): boolean => headers['content-type'] === 'text/event-stream';
