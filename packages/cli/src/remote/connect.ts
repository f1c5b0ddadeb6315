// A server as commands see it: where it is, what may be asked, and what is said when it cannot.

import { Client } from '@metaplast/client';
import { type Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { explain } from './explain.js';

export const DEFAULT_URL = 'http://127.0.0.1:8420';

export interface RemoteOptions {
  url: string;
  token?: string;
  json?: boolean;
}

/** --url (an empty METAPLAST_URL, as containers have, is none), --token and --json. */
export function addRemoteOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'of the server (metaplast serve)')
        .argParser((url) => url || DEFAULT_URL)
        .env('METAPLAST_URL')
        .default(DEFAULT_URL),
    )
    .addOption(new Option('--token <token>', 'the server’s bearer token').env('METAPLAST_TOKEN'))
    .option('--json', 'print JSON');
}

/** Hands a client over; what it throws comes out as an error that says what to do. */
export async function withServer<T>(options: RemoteOptions, use: (client: Client) => Promise<T>): Promise<T> {
  const { url, token } = options;
  requireUrl(url);
  const client = new Client({ url, ...(token ? { token } : {}) });
  try {
    return await use(client);
  } catch (error) {
    throw await explain(error, client, url, Boolean(token));
  }
}

function requireUrl(url: string): void {
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol)) {
    throw new InputError(`--url (METAPLAST_URL) is ${JSON.stringify(url)}; it must be a URL such as ${DEFAULT_URL}`);
  }
}

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** A command to type next, against the same server. A token is left to the environment. */
export function command(words: string, { url }: RemoteOptions): string {
  const elsewhere = url !== (process.env.METAPLAST_URL || DEFAULT_URL);
  return `npx metaplast ${words}${elsewhere ? ` --url ${url}` : ''}`;
}
