import { createServer, type Socket } from 'node:net';
import { limits } from '../kernel/index.ts';
import { listenError } from './listen-error.ts';

/** Accepts connections on behalf of servers, one server after the other. While there is none, connections wait. */
export interface ListenerHandover {
  readonly address: { readonly host: string; readonly port: number };
  /** Hands connections to this server from now on, the waiting ones first. */
  readonly open: (accept: (socket: Socket) => void) => void;
  /** Lets connections wait from now on. */
  readonly shut: () => void;
  /** Stops listening, and closes waiting connections. */
  readonly close: () => Promise<void>;
}

/** Listens. @throws PORT_IN_USE, ADDRESS_UNUSABLE */
export async function openListenerHandover(
  host: string,
  port: number,
  connections: number = limits.connections,
): Promise<ListenerHandover> {
  const connected = new Set<Socket>();
  const asking = new Map<Socket, Buffer>();
  let accept: ((socket: Socket) => void) | null = null;
  const hand = (socket: Socket, begin: Buffer): void => {
    if (accept === null) {
      asking.set(socket, begin);
      return;
    }
    connected.delete(socket);
    asking.delete(socket);
    socket.setTimeout(0);
    socket.off('error', ignore);
    accept(socket);
    socket.unshift(begin);
    socket.resume();
  };
  const server = createServer((socket) => {
    connected.add(socket);
    socket.once('close', () => {
      connected.delete(socket);
      asking.delete(socket);
    });
    // An error of a waiting connection closes it; nothing else is needed.
    socket.on('error', ignore);
    socket.setTimeout(limits.requestTimeoutMs, () => socket.destroy());
    // The server gets a connection with its first data: while closing, it would take a connection without a request for
    // an idle one, and drop it.
    socket.once('data', (begin) => {
      socket.pause();
      hand(socket, begin);
    });
  });
  server.maxConnections = connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port }, resolve);
  });
  const bound = server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    open: (next) => {
      accept = next;
      for (const [socket, begin] of [...asking]) hand(socket, begin);
    },
    shut: () => {
      accept = null;
    },
    close: async () => {
      for (const socket of connected) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function ignore(): void {}
