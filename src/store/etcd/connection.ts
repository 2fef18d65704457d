import { type Client, type ClientUnaryCall, Metadata } from '@grpc/grpc-js';
import {
  isKamadoError,
  kamadoError,
  limits,
  type Runtime,
  reconnecting,
  type Secret,
  sleep,
} from '../../kernel/index.ts';
import { Channels, type Tls } from './channels.ts';
import { type Method, methods } from './protocol.ts';
import { hasDetails, isTokenRefused, isUnanswered, storeError } from './status.ts';

/** The token for an etcd that wants none: an empty one would be refused. */
const NO_TOKEN = '';

export interface ConnectionOptions {
  readonly runtime: Runtime;
  readonly endpoints: readonly string[];
  readonly user?: string;
  readonly password?: Secret;
  readonly tls?: Tls;
  /** Called when etcd refuses a write because it is full. */
  readonly onFull?: (reason: string) => void;
}

/** A stream of messages to the server. */
export interface Stream<Request> {
  readonly send: (request: Request) => void;
  /** Ends the stream. No event is delivered after it. */
  readonly cancel: () => void;
}

/** The events of a stream: its messages and, once, its end if it wasn't cancelled here. */
export interface StreamEvents<Response> {
  readonly onMessage: (message: Response) => void;
  readonly onEnd: (error: Error) => void;
}

/** The calls to etcd: to a working endpoint, as the user, within the deadline. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #runtime: Runtime;
  readonly #channels: Channels;
  #token: Promise<string> | null = null;
  #underWay = 0;
  readonly #closed = new AbortController();
  readonly #unaryCalls = new Set<ClientUnaryCall>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#runtime = options.runtime;
    this.#channels = new Channels(options.runtime, options.endpoints, options.tls ?? {});
  }

  /**
   * Sends one request and returns its response. A repeatable request is repeated until the deadline while no member
   * answers; any other is sent once. Throws STORE_UNAVAILABLE, STORE_REFUSED, STORAGE_FULL, OVERLOADED.
   */
  async call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    kind: 'repeatable' | 'once',
  ): Promise<Response> {
    if (this.#underWay >= limits.storeQueueRequests) {
      throw kamadoError('OVERLOADED', { queue: 'the store', limit: limits.storeQueueRequests });
    }
    this.#underWay++;
    try {
      return await this.#attempt(method, request, kind);
    } catch (error) {
      const known = storeError(error);
      if (isKamadoError(known, 'STORAGE_FULL')) this.#options.onFull?.(String(known.params.reason));
      throw known;
    } finally {
      this.#underWay--;
    }
  }

  /** Opens a stream. A member without a leader refuses it. Throws as `call`. */
  async stream<Request, Response>(
    method: Method<Request, Response>,
    { onMessage, onEnd }: StreamEvents<Response>,
  ): Promise<Stream<Request>> {
    const deadlineMs = this.#runtime.monotonicMs() + limits.storeRequestTimeoutMs;
    const client = await this.#channels.ready(deadlineMs);
    const metadata = await this.#metadata(client, deadlineMs).catch((error) => {
      throw storeError(error);
    });
    metadata.set('hasleader', 'true');
    const call = client.makeBidiStreamRequest(method.path, method.encode, method.decode, metadata);
    let open = true;
    const end = (error: unknown) => {
      if (!open) return;
      open = false;
      if (isUnanswered(error)) this.#channels.suspect(client);
      if (isTokenRefused(error)) this.renewToken();
      onEnd(storeError(error));
    };
    call.on('data', (message: Response) => {
      if (open) onMessage(message);
    });
    call.on('error', end);
    call.on('end', () => end(new Error('the server ended the stream')));
    return {
      send: (request) => {
        if (open) call.write(request);
      },
      cancel: () => {
        open = false;
        call.cancel();
      },
    };
  }

  /** Drops a refused token: the next request asks for a new one. */
  renewToken(): void {
    this.#token = null;
  }

  /** Ends pending calls. All later ones are refused. */
  close(): void {
    this.#closed.abort();
    for (const call of this.#unaryCalls) call.cancel();
    this.#channels.close();
  }

  async #attempt<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    kind: 'repeatable' | 'once',
  ): Promise<Response> {
    const deadlineMs = this.#runtime.monotonicMs() + limits.storeRequestTimeoutMs;
    const backoff = reconnecting(this.#runtime);
    for (let tokensRefused = 0; ; ) {
      const client = await this.#channels.ready(deadlineMs);
      try {
        return await this.#unary(client, method, request, await this.#metadata(client, deadlineMs), deadlineMs);
      } catch (error) {
        if (isUnanswered(error)) this.#channels.suspect(client);
        const pauseMs = backoff.nextMs();
        const inTime = this.#runtime.monotonicMs() + pauseMs < deadlineMs;
        if (isTokenRefused(error) && this.#options.user !== undefined && tokensRefused++ === 0) this.renewToken();
        else if (isUnanswered(error) && kind === 'repeatable' && inTime)
          await sleep(this.#runtime, pauseMs, this.#closed.signal);
        else throw error;
      }
    }
  }

  async #metadata(client: Client, deadlineMs: number): Promise<Metadata> {
    const metadata = new Metadata();
    if (this.#options.user === undefined) return metadata;
    this.#token ??= this.#authenticate(client, this.#options.user, deadlineMs);
    const token = this.#token;
    try {
      const text = await token;
      if (text !== NO_TOKEN) metadata.set('token', text);
    } catch (error) {
      if (this.#token === token) this.#token = null;
      throw error;
    }
    return metadata;
  }

  async #authenticate(client: Client, name: string, deadlineMs: number): Promise<string> {
    const password = this.#options.password?.reveal() ?? '';
    try {
      const response = await this.#unary(client, methods.authenticate, { name, password }, new Metadata(), deadlineMs);
      return response.token;
    } catch (error) {
      // A user was given, but this etcd has authentication switched off.
      if (hasDetails(error, 'authentication is not enabled')) return NO_TOKEN;
      throw error;
    }
  }

  #unary<Request, Response>(
    client: Client,
    { path, encode, decode }: Method<Request, Response>,
    request: Request,
    metadata: Metadata,
    deadlineMs: number,
  ): Promise<Response> {
    const deadline = this.#runtime.nowMs() + (deadlineMs - this.#runtime.monotonicMs());
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(path, encode, decode, request, metadata, { deadline }, (error, response) => {
        this.#unaryCalls.delete(call);
        if (error !== null) reject(error);
        else if (response === undefined) reject(new Error('etcd answered nothing'));
        else resolve(response);
      });
      this.#unaryCalls.add(call);
    });
  }
}
