// Who may ask: Host and Origin against DNS rebinding, bearer tokens with a read and a write scope.

import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../config.js';
import type { App, Context } from '../types.js';
import { ApiError } from './problems.js';

const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export function addSecurity(app: App, { config }: Context): void {
  const { host, token, readToken, allowedHosts } = config;
  const isAllowed = (name: string): boolean =>
    allowedHosts.length > 0 ? allowedHosts.includes(name) || isLoopback(name) : !isLoopback(host) || isLoopback(name);
  const tokens = [
    { digest: digest(token), writes: true },
    { digest: digest(readToken), writes: false },
  ];

  app.addHook('onRequest', async (request) => {
    const name = hostName(`http://${request.headers.host ?? ''}`);
    // Probes come by address, and say nothing that a page could use.
    if (!request.routeOptions.config.probe && (name === undefined || !isAllowed(name)))
      throw new ApiError('forbidden-origin', 'the Host header does not name this server');
    const { origin } = request.headers;
    // A proxy with TLS before the server changes the scheme, not the host.
    if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== request.headers.host) {
      throw new ApiError('forbidden-origin', 'requests from other web sites are refused');
    }
    if ((token === undefined && readToken === undefined) || request.routeOptions.config.open) return;
    const given = digest(/^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]);
    // All are compared, so that time tells nothing.
    const known = tokens.filter((one) => one.digest !== undefined && given !== undefined && timingSafeEqual(one.digest, given));
    if (known.length === 0) throw new ApiError('unauthorized', 'give the token as "Authorization: Bearer …"');
    if (!READING.includes(request.method) && !known.some(({ writes }) => writes)) {
      throw new ApiError('forbidden-scope', 'the token may read only');
    }
  });
}

/** Of equal length for all tokens. */
const digest = (token: string | undefined): Buffer | undefined =>
  token === undefined ? undefined : createHash('sha256').update(token).digest();

function hostName(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}
