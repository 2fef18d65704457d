import { ForeignText, type KamadoError, kamadoError, redactorOf, type Secret } from '../../kernel/index.ts';

/** A device and its login. */
export interface NetconfTarget {
  /** A name or an IP address. */
  readonly host: string;
  /** 830 by default (RFC 6242 §3). */
  readonly port: number;
  readonly login: string;
  readonly password: Secret;
  /** Its name in errors. Absent: host and port. */
  readonly shownAs?: string;
}

const REASON_LENGTH = 200;

/** The errors that can end a connection to one device. */
export class TargetErrors {
  /** 'host:port', the name of the device in errors. */
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

  /** No answer, or an incomplete one, came in time. */
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
   * The same with the text of the SSH library, as one line of limited length. The library or the device may have put
   * anything into it, even sent data.
   */
  ssh(text: string): KamadoError {
    const redact = redactorOf([this.#password.reveal()]);
    const line = redact(text)
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .slice(0, REASON_LENGTH);
    return kamadoError('NETCONF_PROTOCOL', { address: this.address, reason: new ForeignText(line, 'SSH: ') });
  }

  /** A refusal of a valid request, with the device's error-tag. */
  rpcError(tag: string): KamadoError {
    return kamadoError('NETCONF_RPC_ERROR', { address: this.address, tag });
  }
}
