import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Client, type ClientChannel, type VerifyCallback } from 'ssh2';
import { errorText } from '../../kernel/index.ts';
import { passwordLogin } from './authentication.ts';
import type { ConnectionScope } from './connection-scope.ts';
import { type HostKeyPolicy, hostKeyFingerprint } from './host-key.ts';
import type { NetconfTarget, TargetErrors } from './target.ts';

/** The subsystem `netconf` of an SSH connection (RFC 6242 §3). */
export interface NetconfChannel {
  readonly stream: Duplex;
  /** Sends a disconnect message and closes the TCP connection. Resolves when it is closed. */
  readonly disconnect: () => Promise<void>;
}

/**
 * Connects, checks the host key, logs in and opens the subsystem. Every fault, then or later, ends `scope`, and any end
 * of `scope` destroys the socket.
 */
export function connectSsh(
  target: NetconfTarget,
  hostKey: HostKeyPolicy,
  scope: ConnectionScope,
  errors: TargetErrors,
): Promise<NetconfChannel> {
  const connection = new SshConnection(target, hostKey, scope, errors);
  return scope.wait((resolve) => connection.start(resolve));
}

type Phase = 'connecting' | 'the SSH handshake' | 'the login' | 'the session';

class SshConnection {
  readonly #target: NetconfTarget;
  readonly #hostKey: HostKeyPolicy;
  readonly #scope: ConnectionScope;
  readonly #errors: TargetErrors;
  readonly #client = new Client();
  // A socket of our own: the library's destroy() leaves a half-closed one open.
  readonly #socket = new Socket();
  #phase: Phase = 'connecting';
  #hostKeyAccepted = false;

  constructor(target: NetconfTarget, hostKey: HostKeyPolicy, scope: ConnectionScope, errors: TargetErrors) {
    this.#target = target;
    this.#hostKey = hostKey;
    this.#scope = scope;
    this.#errors = errors;
  }

  start(opened: (channel: NetconfChannel) => void): void {
    this.#scope.onEnd(() => this.#socket.destroy());
    this.#listen(opened);
    try {
      this.#socket.setNoDelay(true);
      this.#socket.connect({ host: this.#target.host, port: this.#target.port });
      this.#client.connect({
        sock: this.#socket,
        username: this.#target.login,
        // The caller limits the time, for all steps together.
        readyTimeout: 0,
        hostVerifier: (key: Buffer, verify: VerifyCallback) => void this.#verifyHostKey(key, () => verify(true)),
        authHandler: passwordLogin(this.#target, {
          isTrusted: () => this.#hostKeyAccepted && this.#phase === 'the login',
          refuse: () => this.#scope.end(this.#errors.authentication()),
        }),
      });
    } catch {
      this.#scope.end(this.#errors.unreachable('host or port is not usable'));
    }
  }

  #listen(opened: (channel: NetconfChannel) => void): void {
    // Before the library's own listeners, so that the plain reason comes first.
    this.#socket.once('connect', () => {
      this.#phase = 'the SSH handshake';
    });
    this.#socket.once('end', () => this.#closed());
    this.#socket.once('close', () => this.#closed());
    // Stays to the end: the library may emit several errors, and one without a listener would end the process.
    this.#client.on('error', (error) => this.#scope.end(this.#classify(error)));
    this.#client.once('handshake', () => {
      this.#phase = 'the login';
    });
    this.#client.once('change password', () => this.#scope.end(this.#errors.authentication()));
    this.#client.once('ready', () => {
      this.#phase = 'the session';
      this.#openSubsystem(opened);
    });
  }

  async #verifyHostKey(key: Buffer, goOn: () => void): Promise<void> {
    try {
      const isAccepted = await this.#hostKey.accept(hostKeyFingerprint(key));
      if (this.#scope.isOver) return;
      if (isAccepted) this.#hostKeyAccepted = true;
      else this.#scope.end(this.#errors.hostKey());
    } catch (error) {
      this.#scope.end(error);
    }
    if (this.#scope.isOver) return;
    try {
      goOn();
    } catch (error) {
      this.#scope.end(this.#errors.ssh(errorText(error)));
    }
  }

  #openSubsystem(opened: (channel: NetconfChannel) => void): void {
    this.#client.subsys('netconf', (error, stream: ClientChannel | undefined) => {
      if (error || stream === undefined) {
        this.#scope.end(this.#errors.protocol('it refused the SSH subsystem netconf'));
        return;
      }
      stream.stderr.resume();
      stream.stderr.on('error', () => this.#closed());
      stream.on('error', () => this.#closed());
      stream.once('end', () => this.#closed());
      stream.once('close', () => this.#closed());
      opened({ stream, disconnect: () => this.#disconnect() });
    });
  }

  #disconnect(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) {
        resolve();
        return;
      }
      this.#socket.once('close', () => resolve());
      this.#client.end();
      this.#socket.destroySoon();
    });
  }

  #closed(): void {
    this.#scope.end(this.#errors.unreachable(`the connection was closed during ${this.#phase}`));
  }

  #classify(error: Error & { level?: string; code?: unknown }): Error {
    if (error.level === 'client-socket') return this.#errors.unreachable(socketReason(error));
    if (error.level === 'client-authentication') return this.#errors.authentication();
    if (typeof error.code === 'number') {
      // SSH_MSG_DISCONNECT (RFC 4253 §11.1). During the login it means a refusal: 'too many failures'.
      if (this.#phase === 'the login') return this.#errors.authentication();
      return this.#errors.unreachable(`the device ended the connection with SSH reason ${error.code}`);
    }
    return this.#errors.ssh(error.message);
  }
}

function socketReason(error: Error & { code?: unknown }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was reset';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no route to it';
    case 'ETIMEDOUT':
      return 'no answer to the connection request';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved';
    default:
      return typeof error.code === 'string' ? error.code : 'the connection failed';
  }
}
