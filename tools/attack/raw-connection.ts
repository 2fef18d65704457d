import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection that sends raw bytes, and reads only on request. */
export interface RawConnection {
  readonly send: (bytes: string) => void;
  /** Starts to read: counts the bytes and discards them. */
  readonly read: () => void;
  readonly receivedBytes: () => number;
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

/** Connects to a port of loopback. The caller closes it. */
export async function openRawConnection(port: number): Promise<RawConnection> {
  const socket: Socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  let receivedBytes = 0;
  let open = true;
  socket.on('data', (chunk: Buffer) => {
    receivedBytes += chunk.length;
  });
  socket.pause();
  // The server may close it, which is one of its defences.
  socket.on('error', () => {});
  socket.once('close', () => {
    open = false;
  });
  return {
    send: (bytes) => void socket.write(bytes),
    read: () => void socket.resume(),
    receivedBytes: () => receivedBytes,
    isOpen: () => open,
    close: () => void socket.destroy(),
  };
}
