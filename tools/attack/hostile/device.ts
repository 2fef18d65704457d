import { createServer, type Socket } from 'node:net';
import ssh2, { type ServerChannel } from 'ssh2';
import { generateHostKey } from '../../../lab/host-keys.ts';

/** A device with correct SSH and faulty NETCONF. */
export interface HostileDevice {
  readonly host: string;
  readonly port: number;
  /** The number of opened NETCONF channels. */
  readonly channels: () => number;
  readonly close: () => Promise<void>;
}

/** The behaviour of a device on a NETCONF channel. */
export type Manner = (channel: ServerChannel) => void;

/** Starts a device at an address of loopback. The caller closes it. */
export async function startHostileDevice(host: string, manner: Manner): Promise<HostileDevice> {
  const hostKey = generateHostKey();
  const sockets = new Set<Socket>();
  let channels = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
      // Kamado closes the connection when a limit is exceeded.
      connection.on('error', () => {});
      connection.on('authentication', (context) => context.accept());
      connection.on('session', (accept) => {
        accept().on('subsystem', (acceptSubsystem) => {
          const channel = acceptSubsystem();
          channels++;
          channel.on('error', () => {});
          channel.resume();
          manner(channel);
        });
      });
    });
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the device has no port');
  return {
    host,
    port: address.port,
    channels: () => channels,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
