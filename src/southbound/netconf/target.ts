import { ForeignText, type KamadoError, kamadoError, redactorOf, type Secret } from '../../kernel/index.ts';

/** A device and how to log in there. */
export interface NetconfTarget {
  /** A name or an IP address. */
  readonly host: string;
  /** 830 where nothing else is agreed (RFC 6242 §3). */
  readonly port: number;
  readonly login: string;
  readonly password: Secret;
  /** How errors name it; absent: by host and port. */
  readonly shownAs?: string;
}

const REASON_LENGTH = 200;

/** The errors that a connection to one device can end in. */
export class TargetErrors {
  /** 'host:port', as errors name the device. */
  readonly address: string;
  readonly #password: Secret;

  constructor(target: NetconfTarget) {
    const { host, port, shownAs } = target;
    this.address = shownAs ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
    this.#password = target.password;
  }

  unreachable(reason: string): KamadoError {
    return kamadoError('NETCONF_UNREACHABLE', { address: this.address, reason });
  }

  /** Nothing, or not enough, came in time. */
  noAnswer(timeoutMs: number): KamadoError {
    return this.unreachable(`no answer within ${timeoutMs} ms`);
  }

  authentication(): KamadoError {
    return kamadoError('NETCONF_AUTHENTICATION', { address: this.address });
  }

  hostKey(): KamadoError {
    return kamadoError('NETCONF_HOST_KEY', { address: this.address });
  }

  protocol(reason: string): KamadoError {
    return kamadoError('NETCONF_PROTOCOL', { address: this.address, reason });
  }

  /**
   * The same in the words of the SSH library: one line of bounded length. It or the device may have put anything into it,
   * even what was sent.
   */
  ssh(text: string): KamadoError {
    const redact = redactorOf([this.#password.reveal()]);
    const line = redact(text)
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .slice(0, REASON_LENGTH);
    return kamadoError('NETCONF_PROTOCOL', { address: this.address, reason: new ForeignText(line, 'SSH: ') });
  }

  /** A request that the device understood and refused: its error-tag. */
  rpcError(tag: string): KamadoError {
    return kamadoError('NETCONF_RPC_ERROR', { address: this.address, tag });
  }
}
