import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { kamadoError } from '../kernel/errors.ts';

/** What of a request says where it was sent, and from where. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly httpVersion: string;
  /** The target as it was sent: a path, or a whole URL. */
  readonly target: string;
}

/**
 * Refuses what a browser sends on behalf of a foreign page: requests for a name that an attacker may have pointed here
 * (DNS rebinding), and requests from a page of such a name. Names of this server are localhost, IP addresses, and
 * `ownHost`.
 * @throws HOST_REFUSED, ORIGIN_REFUSED, REQUEST_MALFORMED
 */
export function createHostGuard(ownHost: string): (request: GuardedRequest) => void {
  const own = ownHost.toLowerCase();
  const accepts = (name: string): boolean => name === 'localhost' || name === own || isIP(name) !== 0;
  // Nearly all requests name the same host.
  let lastAccepted = '';

  return ({ headers, httpVersion, target }) => {
    const host = target.startsWith('/') ? headers.host : (authorityOf(target) ?? headers.host);
    if (host === undefined) {
      if (httpVersion === '1.0') return;
      throw kamadoError('REQUEST_MALFORMED', { reason: 'it has no Host' });
    }
    if (host !== lastAccepted) {
      if (!accepts(nameIn(host))) throw kamadoError('HOST_REFUSED', { host: host.slice(0, 255) });
      lastAccepted = host;
    }
    const { origin } = headers;
    if (origin !== undefined && !accepts(nameIn(authorityOf(origin) ?? ''))) {
      throw kamadoError('ORIGIN_REFUSED', { origin: origin.slice(0, 255) });
    }
  };
}

/** 'localhost' of 'localhost:9091', '::1' of '[::1]:9091'; '' where it is neither. */
function nameIn(authority: string): string {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/]+))(?::\d{1,5})?$/i.exec(authority) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase();
}

/** The authority of an absolute URL (RFC 9112 §3.2.2), or undefined. */
function authorityOf(url: string): string | undefined {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
}
