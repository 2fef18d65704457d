import { type ChannelOptions, Client, connectivityState, credentials } from '@grpc/grpc-js';
import { kamadoError, limits, type Runtime } from '../../kernel/index.ts';
import { unavailable } from './status.ts';

/** Certificates as PEM text: the authority to trust instead of the system's ones, and the client's own with its key. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The time that one endpoint has to connect before the next one is tried. */
const CONNECT_MS = 1_000;

/** A harmless request, and the time for its refusal. */
const STATUS = '/etcdserverpb.Maintenance/Status';
const WHY_MS = 200;

const OPTIONS: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': limits.reconnectFirstMs,
  'grpc.max_reconnect_backoff_ms': limits.reconnectLongestMs,
  // Pings find half-open connections. etcd refuses more than one in 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // All events of a revision come in one message, with previous values: twice the size of a transaction.
  'grpc.max_receive_message_length': -1,
  // A write must not be sent twice.
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/** One gRPC client per endpoint; one of them is in use, until it fails. */
export class Channels {
  readonly #runtime: Runtime;
  readonly #endpoints: readonly string[];
  readonly #clients: readonly Client[];
  #current = 0;
  #closed = false;

  constructor(runtime: Runtime, endpoints: readonly string[], tls: Tls) {
    this.#runtime = runtime;
    this.#endpoints = endpoints;
    this.#clients = endpoints.map((endpoint) => openClient(endpoint, tls));
  }

  /**
   * Returns a connected client. Throws STORE_UNAVAILABLE if there is none until the deadline (monotonic). A request is
   * sent to it once: it has no queue of its own.
   */
  async ready(deadlineMs: number): Promise<Client> {
    for (;;) {
      if (this.#closed) throw unavailable('it is closed');
      const client = this.#clients[this.#current];
      if (client === undefined) throw unavailable('it has no endpoint');
      const state = client.getChannel().getConnectivityState(true);
      if (state === connectivityState.READY) return client;
      const remainingMs = deadlineMs - this.#runtime.monotonicMs();
      if (remainingMs <= 0) throw unavailable(await this.#whyNot(client));
      const changed = await this.#change(client, state, Math.min(remainingMs, CONNECT_MS));
      const failed = client.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE;
      if (!changed || failed) this.suspect(client);
    }
  }

  /** Reports that the client failed: the next endpoint is tried, if this one is still in use. */
  suspect(client: Client): void {
    if (this.#clients[this.#current] === client) this.#current = (this.#current + 1) % this.#clients.length;
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
  }

  /** Returns the reason why a client isn't connected, from a call that doesn't wait. */
  #whyNot(client: Client): Promise<string> {
    const nothing = () => Buffer.alloc(0);
    const deadline = this.#runtime.nowMs() + WHY_MS;
    return new Promise((resolve) => {
      client.makeUnaryRequest(STATUS, nothing, nothing, null, { deadline }, (error) => {
        resolve(`no connection to ${this.#endpoints.join(', ')} (${error === null ? 'until now' : error.details})`);
      });
    });
  }

  /** Waits until the state changes. Returns false if it doesn't in time. */
  #change(client: Client, state: connectivityState, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = this.#runtime.nowMs() + timeoutMs;
      client.getChannel().watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
    });
  }
}

function openClient(endpoint: string, tls: Tls): Client {
  const [, scheme, host] = /^(https?):\/\/([^/@\s]+)$/.exec(endpoint) ?? [];
  if (scheme === undefined || host === undefined) {
    throw kamadoError('USAGE', { reason: 'an etcd endpoint is http://host:port or https://host:port' });
  }
  const { ca, cert, key } = tls;
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const channel =
    scheme === 'http' ? credentials.createInsecure() : credentials.createSsl(pem(ca), pem(key), pem(cert));
  return new Client(host, channel, OPTIONS);
}
