import { Agent, request } from 'node:http';

/** The answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly text: string;
}

/** A request; nothing is checked or encoded, so that an attack can send requests that no client would. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Buffer;
}

const GIVE_UP_MS = 30_000;

/** Sends requests to one port of loopback over kept-alive connections. */
export class Client {
  readonly #port: number;
  readonly #agent: Agent;

  constructor(port: number, connections = 8) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends a request. Throws if no answer comes. */
  send({ method, path, headers = {}, body }: Sent): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, method, path, headers, agent: this.#agent };
      const sent = request({ ...options, timeout: GIVE_UP_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      sent.once('timeout', () => sent.destroy(new Error('no answer')));
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** Sends JSON. */
  json(method: string, path: string, value: unknown): Promise<Answer> {
    return this.send({ method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
  }

  close(): void {
    this.#agent.destroy();
  }
}
