import { Agent, request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** The answer to a request. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
}

/** Requests over kept-alive connections, as few as there are requests at once. */
export class Client {
  readonly #base: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(base: string) {
    this.#base = base;
  }

  call(method: string, path: string, body?: object): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#base}${path}`, { method, headers, agent: this.#agent }, (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          received += part;
        });
        response.on('end', () => {
          const parsed = received === '' ? {} : JSON.parse(received);
          resolve({ status: response.statusCode ?? 0, body: parsed });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /** Creates a resource and returns its id. */
  async create(plural: string, body: object): Promise<string> {
    const answer = await this.call('POST', `/v2.0/${plural}`, body);
    if (answer.status !== 201) throw new Error(`POST ${plural}: ${JSON.stringify(answer.body)}`);
    const [resource] = Object.values(answer.body);
    return String((resource as { readonly id: string }).id);
  }

  /** Polls without a pause until the resource is ACTIVE. */
  async untilActive(plural: string, id: string): Promise<void> {
    for (;;) {
      const { body } = await this.call('GET', `/v2.0/${plural}/${id}`);
      const [resource] = Object.values(body);
      if ((resource as { readonly status: string }).status === 'ACTIVE') return;
      await nextTurn();
    }
  }

  /** The number of resources of a type with a status. */
  async count(plural: string, status: string): Promise<number> {
    return await new Promise((resolve, reject) => {
      const path = `${this.#base}/v2.0/${plural}?status=${status}&limit=0`;
      const sent = request(path, { agent: this.#agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(Number(response.headers['x-total-count'])));
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  /** Counts the changes of keys under a prefix, from now on. */
  watch(prefix: string): Promise<Changes> {
    const changes = new Changes();
    return new Promise((resolve, reject) => {
      const path = `/kamado/v1/store/watch?prefix=${encodeURIComponent(prefix)}`;
      const sent = request(`${this.#base}${path}`, { agent: this.#agent }, (response) => {
        response.setEncoding('utf8');
        response.on('data', (part: string) => changes.add(part));
        // It ends with the client.
        response.on('error', () => response.destroy());
        resolve(changes);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The changes that a watch has delivered, one JSON line each. */
export class Changes {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void } | null = null;

  add(lines: string): void {
    this.#count += lines.split('"type":"put"').length - 1;
    if (this.#waiting !== null && this.#count >= this.#waiting.count) this.#waiting.resolve();
  }

  /** Resolves when there were `count` changes. */
  seen(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { count, resolve };
      this.add('');
    });
  }
}

/** Runs `task` for each of `count` numbers, `atOnce` at a time. */
export async function inParallel(count: number, atOnce: number, task: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const runNext = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await task(n);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, runNext));
}

/** The median of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
