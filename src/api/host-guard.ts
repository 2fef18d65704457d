import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { kamadoError } from '../kernel/index.ts';

/** The parts of a request that say to which host it was sent, and from which page. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** Alternating names and values, as received. */
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  /** The request target as received: a path, or a whole URL. */
  readonly target: string;
}

/** Headers of which Node takes the first, or joins several: a proxy might use another one of them. */
const singleHeaders: ReadonlySet<string> = new Set(['host', 'origin', 'content-type', 'content-length']);
const singleLengths: ReadonlySet<number> = new Set([...singleHeaders].map((name) => name.length));

/**
 * Returns a check that refuses requests that a browser sends on behalf of a foreign page: requests for a name that an
 * attacker may have pointed here (DNS rebinding), and requests from a page of another server, with a body or without
 * (CSRF). A request may name localhost, an IP address, or `ownHost`. A page may come from this machine (localhost, a
 * loopback address), from `ownHost`, or from the host that the request names. Other programs send no Origin, and aren't
 * affected.
 * @throws HOST_REFUSED, ORIGIN_REFUSED, REQUEST_MALFORMED
 */
export function createHostGuard(ownHost: string): (request: GuardedRequest) => void {
  const own = ownHost.toLowerCase();
  const acceptsHost = (name: string): boolean => name === 'localhost' || name === own || isIP(name) !== 0;
  const acceptsPage = (name: string, host: string): boolean =>
    name !== '' && (name === 'localhost' || name === own || isLoopback(name) || name === host);
  // Nearly all requests name the same host.
  let lastAccepted = '';

  const checkHost = ({ headers, httpVersion, target }: GuardedRequest): string => {
    const host = target.startsWith('/') ? headers.host : (authorityOf(target) ?? headers.host);
    if (host === undefined) {
      if (httpVersion === '1.0') return '';
      throw kamadoError('REQUEST_MALFORMED', { reason: 'it has no Host' });
    }
    if (host !== lastAccepted) {
      if (!acceptsHost(nameIn(host))) throw kamadoError('HOST_REFUSED', { host: host.slice(0, 255) });
      lastAccepted = host;
    }
    return host;
  };

  return (request) => {
    checkSingle(request.rawHeaders);
    const host = checkHost(request);
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined) {
      if (acceptsPage(nameIn(authorityOf(origin) ?? ''), nameIn(host))) return;
      throw kamadoError('ORIGIN_REFUSED', { origin: origin.slice(0, 255) });
    }
    // For a GET that no script made, a browser omits Origin but sends Sec-Fetch-Site.
    if (site === 'cross-site') throw kamadoError('ORIGIN_REFUSED', { origin: 'another site' });
  };
}

/** @throws REQUEST_MALFORMED */
function checkSingle(rawHeaders: readonly string[]): void {
  let seen: Set<string> | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i] ?? '';
    if (!singleLengths.has(raw.length)) continue;
    const name = raw.toLowerCase();
    if (!singleHeaders.has(name)) continue;
    if (seen?.has(name) === true) throw kamadoError('REQUEST_MALFORMED', { reason: `it has more than one ${raw}` });
    seen ??= new Set();
    seen.add(name);
  }
}

/** Whether a name is an address that only this machine has. */
function isLoopback(name: string): boolean {
  return name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** 'localhost' of 'localhost:9091', '::1' of '[::1]:9091'; '' if it is neither. */
function nameIn(authority: string): string {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/]+))(?::\d{1,5})?$/i.exec(authority) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase();
}

/** The authority of an absolute URL (RFC 9112 §3.2.2), or undefined. */
function authorityOf(url: string): string | undefined {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
}
