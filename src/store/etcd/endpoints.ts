import { kamadoError, Secret } from '../../kernel/index.ts';

const DEFAULT_PORT = '2379';
const FORM = 'each is host, host:port or http(s)://host:port';

/** The addresses of etcd, and the user. */
export interface Endpoints {
  /** Each is 'http://host:port' or 'https://host:port'. */
  readonly endpoints: readonly string[];
  readonly user?: string;
  readonly password?: Secret;
}

/**
 * Parses a list such as `https://user:password@host:port,host2:port2`. Scheme and user of the first one apply to all;
 * the default port is 2379. User and password are percent-encoded (RFC 3986). Throws USAGE.
 */
export function parseEndpoints(text: string): Endpoints {
  const [head, ...others] = text.split(',').map(parse);
  if (head === undefined) throw usage(FORM);
  const { scheme = 'http', user, password } = head;
  for (const other of others) {
    if (other.scheme !== undefined && other.scheme !== scheme) throw usage('all of them are http, or all are https');
    if (other.user !== '' || other.password !== '') throw usage('the user stands before the first host only');
  }
  const endpoints = [head, ...others].map(({ host }) => `${scheme}://${host}`);
  return user === '' ? { endpoints } : { endpoints, user: decode(user), password: new Secret(decode(password)) };
}

function parse(part: string) {
  const [, scheme, rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(part.trim()) ?? [];
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') throw usage('the scheme is http or https');
  // A scheme that URL doesn't know: it drops the ports 80 and 443 of http and https.
  const url = URL.canParse(`etcd://${rest}`) ? new URL(`etcd://${rest}`) : null;
  if (url === null || url.hostname === '' || !/^\/?$/.test(`${url.pathname}${url.search}${url.hash}`)) {
    throw usage(FORM);
  }
  const host = `${url.hostname}:${url.port || DEFAULT_PORT}`;
  return { scheme, host, user: url.username, password: url.password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw kamadoError('USAGE', { reason: 'etcd endpoints: user or password is not percent-encoded' }, { cause: error });
  }
}

/** Never prints the text itself: it may hold a password. */
function usage(reason: string): Error {
  return kamadoError('USAGE', { reason: `etcd endpoints: ${reason}` });
}
