import { createServer, type Socket } from 'node:net';
import { limits } from '../kernel/limits.ts';
import { listenError } from './listen-error.ts';

/** Takes connections in the stead of servers, one after the other: while there is none, connections wait. */
export interface Door {
  readonly address: { readonly host: string; readonly port: number };
  /** From now on this server gets what comes, and first what has waited. */
  readonly open: (take: (socket: Socket) => void) => void;
  /** From now on what comes waits. */
  readonly shut: () => void;
  /** Ends listening, and what waits. */
  readonly close: () => Promise<void>;
}

/** Listens. @throws PORT_IN_USE, ADDRESS_UNUSABLE */
export async function openDoor(host: string, port: number): Promise<Door> {
  const waiting = new Set<Socket>();
  let take: ((socket: Socket) => void) | null = null;
  // Nothing is read of what waits: its bytes stay where they are.
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    if (take !== null) return hand(socket, take);
    const forget = (): void => {
      waiting.delete(socket);
    };
    waiting.add(socket);
    socket.once('error', forget);
    socket.once('close', forget);
  });
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port }, resolve);
  });
  const bound = server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    open: (next) => {
      take = next;
      for (const socket of waiting) hand(socket, next);
      waiting.clear();
    },
    shut: () => {
      take = null;
    },
    close: async () => {
      for (const socket of waiting) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function hand(socket: Socket, take: (socket: Socket) => void): void {
  take(socket);
  socket.resume();
}
