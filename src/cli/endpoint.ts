import type { Settings } from '../app/settings/index.ts';
import { kamadoError } from '../kernel/index.ts';

/** The URL of a server that listens there, as this machine reaches it. */
export function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The address of the server: --endpoint, else KAMADO_ENDPOINT, else GOHAN_ENDPOINT_URL as the original's client has it, else
 * what host and port say. Without a slash at its end.
 * @throws USAGE
 */
export function endpointOf(
  given: string | undefined,
  settings: Pick<Settings, 'host' | 'port'>,
  environment: { readonly [name: string]: string | undefined },
): string {
  const named = given ?? (environment.KAMADO_ENDPOINT || environment.GOHAN_ENDPOINT_URL || undefined);
  if (named === undefined) return urlOf({ host: reachable(settings.host), port: settings.port });
  const url = URL.canParse(named) ? new URL(named) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw kamadoError('USAGE', { reason: 'the endpoint must be a URL that begins with http:// or https://' });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw kamadoError('USAGE', { reason: 'the endpoint must be scheme, host, port and path only' });
  }
  return url.href.replace(/\/+$/, '');
}

/** A server that listens on all addresses is reached on loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
