import { codeOf, kamadoError } from '../kernel/index.ts';

/** Why an address can't be listened on, as an error of the catalogue where somebody can do something about it. */
export function listenError(error: unknown, host: string, port: number): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return kamadoError('PORT_IN_USE', { host, port }, { cause: error });
  if (['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL', 'ERR_SOCKET_BAD_PORT'].includes(code)) {
    return kamadoError('ADDRESS_UNUSABLE', { host, port, reason: code }, { cause: error });
  }
  return error;
}
