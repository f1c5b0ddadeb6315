// What a server refused, or why it cannot be reached, as an error that says what to do.

import { type Client, ProblemError } from '@metaplast/client';
import { InputError } from '../errors.js';
import { VERSION } from '../version.js';

const NETWORK: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there. Start it with "npx metaplast serve", or name another server with --url or METAPLAST_URL',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host’s name cannot be resolved',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};

/** An InputError for what a client throws; anything else as it is. */
export async function explain(error: unknown, client: Client, url: string, hasToken: boolean): Promise<unknown> {
  if (error instanceof ProblemError) return new InputError(await ofProblem(error, client, url, hasToken), { cause: error });
  const failure = networkFailure(error);
  return failure === undefined ? error : new InputError(`cannot reach ${url}: ${failure}`, { cause: error });
}

/** Why a request had no reply; undefined if the error is of another kind. */
export function networkFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'it does not answer';
  // undici's errors of a request that had no reply, and of a reply that was cut in its body.
  if (!(error instanceof TypeError) || !['fetch failed', 'terminated'].includes(error.message)) return undefined;
  const cause = error.cause as (Error & { code?: string; errors?: (Error & { code?: string })[] }) | undefined;
  // Of a name with several addresses, the last one's.
  const last = cause?.errors?.at(-1) ?? cause;
  return NETWORK[last?.code ?? ''] ?? last?.message ?? 'the request failed';
}

async function ofProblem(error: ProblemError, client: Client, url: string, hasToken: boolean): Promise<string> {
  const { code, status, message, errors } = error;
  if (code === undefined) return `${url} is not a metaplast server: ${message}`;
  if (code === 'unauthorized') {
    return hasToken
      ? `${url} does not accept the token: check --token or METAPLAST_TOKEN`
      : `${url} wants a token: give --token or METAPLAST_TOKEN`;
  }
  if (code === 'forbidden-scope') return `the token may only read at ${url}; this needs the one that may write`;
  if (code === 'forbidden-origin') {
    return `${url} does not go by this name: use the one it listens on, or add it to METAPLAST_ALLOWED_HOSTS of the server`;
  }
  if (code === 'internal') return `${url} failed: ${message}; request ${error.requestId}`;
  const fields = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
  const sentence = fields === '' ? message : `refused: ${fields}`;
  // What another version does not know looks like a mistake of the user's.
  const suspicious = status === 400 || status === 404 || status === 405 || status === 415;
  return suspicious ? `${sentence}${await versions(client)}` : sentence;
}

async function versions(client: Client): Promise<string> {
  const there = await client.version().catch(() => undefined);
  if (there === undefined || there.version === VERSION) return '';
  return ` (the server is metaplast ${there.version}, this is ${VERSION}: they may not understand each other)`;
}
