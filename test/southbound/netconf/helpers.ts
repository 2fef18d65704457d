import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type ServerChannel } from 'ssh2';
import { generateHostKey } from '../../../lab/host-keys.ts';
import { type Router, type RouterOptions, startRouter } from '../../../lab/router.ts';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import type { ErrorCode } from '../../../src/kernel/error-catalogue.ts';
import { isKamadoError, type KamadoError } from '../../../src/kernel/errors.ts';
import type { Runtime } from '../../../src/kernel/runtime.ts';
import { Secret } from '../../../src/kernel/secret.ts';
import type { HostKeyPolicy, NetconfTarget } from '../../../src/southbound/netconf/netconf.ts';

export const LOGIN = 'operator';
export const PASSWORD = 'correct-horse-battery';
/** Long enough for a busy machine; a test that waits for it has failed. */
export const AMPLE_MS = 20_000;
/** Long enough to get to the fault, short enough to wait for. */
export const SHORT_MS = 400;

export const acceptAny: HostKeyPolicy = { accept: async () => true };

/** A runtime that knows which timers are still set. */
export function countingRuntime(): { runtime: Runtime; timers: () => number } {
  const set = new Set<object>();
  const runtime: Runtime = {
    ...systemRuntime,
    after: (delayMs, task) => {
      const mark = {};
      set.add(mark);
      const timer = systemRuntime.after(delayMs, () => {
        set.delete(mark);
        task();
      });
      return {
        cancel: () => {
          set.delete(mark);
          timer.cancel();
        },
      };
    },
  };
  return { runtime, timers: () => set.size };
}

export function targetOf(server: { readonly address: string; readonly port: number }): NetconfTarget {
  return { host: server.address, port: server.port, login: LOGIN, password: new Secret(PASSWORD) };
}

export function testRouter(options: Partial<RouterOptions> = {}): Promise<Router> {
  return startRouter({
    name: 'test-router',
    host: '127.0.0.1',
    port: 0,
    login: LOGIN,
    password: PASSWORD,
    hostKeyPem: generateHostKey(),
    ...options,
  });
}

/** The error that the promise must reject with; the password must stand nowhere in it. */
export async function failure(promise: Promise<unknown>, code: ErrorCode, reason?: RegExp): Promise<KamadoError> {
  const error = await promise.then(
    () => assert.fail(`resolved instead of ${code}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(isKamadoError(error), String(error));
  assert.equal(error.code, code, error.message);
  if (reason !== undefined) assert.match(error.message, reason);
  assert.ok(!`${error.message}${error.remedy}${error.stack}${JSON.stringify(error)}`.includes(PASSWORD));
  return error;
}

/** Waits until the condition holds; the test runner's time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A server of TCP connections that does what a test wants with each. */
export interface TestServer {
  readonly address: string;
  readonly port: number;
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export async function tcpServer(onSocket: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    address: '127.0.0.1',
    port: address.port,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface SshScript {
  readonly authenticate?: (context: AuthContext) => void;
  /** undefined: the subsystem is refused. */
  readonly channel?: (channel: ServerChannel, socket: Socket) => void;
}

/** An SSH server that logs everybody in and leaves the channel to the test. */
export function sshServer(script: SshScript): Promise<TestServer> {
  const hostKey = generateHostKey();
  return tcpServer((socket) => {
    const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => {
        if (script.authenticate === undefined) context.accept();
        else script.authenticate(context);
      });
      connection.on('session', (accept) => {
        accept().on('subsystem', (acceptSubsystem, reject) => {
          if (script.channel === undefined) {
            reject();
            return;
          }
          const channel = acceptSubsystem();
          channel.on('error', () => {});
          channel.resume();
          script.channel(channel, socket);
        });
      });
    });
    server.injectSocket(socket);
  });
}
