import type { Server } from 'node:net';
import { kamadoError } from '../src/kernel/index.ts';

/** Listens, and resolves with the port. Throws PORT_IN_USE and ADDRESS_UNUSABLE. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return kamadoError('PORT_IN_USE', { host, port });
    case 'EADDRNOTAVAIL':
      return kamadoError('ADDRESS_UNUSABLE', {
        host,
        port,
        reason: `this machine has no address ${host}${hint(host)}`,
      });
    default:
      return kamadoError('ADDRESS_UNUSABLE', { host, port, reason: error.code ?? 'unknown' });
  }
}

/** Linux has all of 127.0.0.0/8. macOS and the BSDs have only 127.0.0.1 until the others are added. */
function hint(host: string): string {
  return host.startsWith('127.') ? `; add it, for example with: sudo ifconfig lo0 alias ${host} up` : '';
}
