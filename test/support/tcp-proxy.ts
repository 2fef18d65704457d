import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can cut. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection, and new ones at once, until `mend`. */
  readonly cut: () => void;
  readonly mend: () => void;
  /** Keeps connections open, but lets nothing through any more; what comes meanwhile is dropped. */
  readonly freeze: () => void;
  /** The same, and new connections are taken and get no answer either. */
  readonly hang: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a proxy to a port of loopback. The caller closes it. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let open = true;
  let silent = false;
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const freeze = () => {
    for (const socket of sockets) {
      socket.removeAllListeners('data');
      socket.resume();
    }
  };
  const server = createServer((client) => {
    if (!open) {
      client.destroy();
      return;
    }
    if (silent) {
      sockets.add(client);
      client.on('error', () => client.destroy());
      client.on('close', () => sockets.delete(client));
      client.resume();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cut: () => {
      open = false;
      breakAll();
    },
    mend: () => {
      open = true;
    },
    freeze,
    hang: () => {
      silent = true;
      freeze();
    },
    close: async () => {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
