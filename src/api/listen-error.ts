import { codeOf, kamadoError } from '../kernel/index.ts';

/**
 * The error of the catalogue for an address that can't be listened on; the error itself if the operator can't correct
 * it.
 */
export function listenError(error: unknown, host: string, port: number): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return kamadoError('PORT_IN_USE', { host, port }, { cause: error });
  if (['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL', 'ERR_SOCKET_BAD_PORT'].includes(code)) {
    return kamadoError('ADDRESS_UNUSABLE', { host, port, reason: code }, { cause: error });
  }
  return error;
}
