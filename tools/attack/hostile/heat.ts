import { createServer, type ServerResponse } from 'node:http';
import { limits } from '../../../src/kernel/index.ts';

/** A Heat without Keystone that answers each request in the manner of the name in it. */
export interface HostileHeat {
  readonly endpoint: string;
  /** The number of answered requests. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

/** Slightly less than Kamado accepts of an answer. */
const ANSWER_BYTES = limits.stackAnswerBytes - 1_024;

type Manner = (response: ServerResponse) => void;

/** Ways to answer, by the name of the thing whose stack is requested. */
export const heatManners: { readonly [name: string]: Manner } = {
  wide: answering(() => `{"stack": [${'{},'.repeat((ANSWER_BYTES - 100) / 3)}{}]}`),
  deep: answering(() => `{"stack": ${'['.repeat(ANSWER_BYTES / 2 - 100)}${']'.repeat(ANSWER_BYTES / 2 - 100)}}`),
  brackets: answering(() => '['.repeat(ANSWER_BYTES)),
  text: answering(() => `{"stack": "${'x'.repeat(ANSWER_BYTES - 100)}"}`),
  escapes: answering(() => `{"stack": "${'\\u0041'.repeat(ANSWER_BYTES / 6 - 100)}"}`),
  numbers: answering(() => `{"stack": [${'1234567890123456789,'.repeat(ANSWER_BYTES / 20 - 100)}1]}`),
  names: answering(() => `{"stack": {${many((i) => `"n${i}": 1`)}}}`),
  outputs: answering(() => stack(`[${many((i) => `{"output_key": "k${i}", "output_value": "\\"${i}\\""}`)}]`)),
  quotes: answering(() => stack(`[{"output_key": "${'\\"'.repeat(ANSWER_BYTES / 2 - 1_000)}", "output_value": 1}]`)),
  endless: endless,
  error: (response) => void response.writeHead(500).end(`{"error": {"message": "${'x'.repeat(ANSWER_BYTES)}"}}`),
  headers: (response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(100_000)}\r\n`),
};

/** Starts it on loopback. The caller closes it. */
export async function startHostileHeat(): Promise<HostileHeat> {
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests++;
      const asked = `${request.url} ${Buffer.concat(chunks)}`;
      const name = Object.keys(heatManners).find((candidate) => asked.includes(`hostile-${candidate}`));
      // Kamado closes the connection if an answer is too large.
      response.on('error', () => {});
      const manner = name === undefined ? undefined : heatManners[name];
      if (manner === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      else manner(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Heat has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}/v1`,
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answering(body: () => string): Manner {
  return (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body());
}

function stack(outputs: string): string {
  const members = '"id": "1", "stack_name": "s", "stack_status": "CREATE_COMPLETE", "stack_status_reason": ""';
  return `{"stack": {${members}, "outputs": ${outputs}}}`;
}

function many(part: (i: number) => string): string {
  const parts: string[] = [];
  for (let i = 0, bytes = 0; bytes < ANSWER_BYTES - 10_000; i++) {
    const next = part(i);
    bytes += next.length + 1;
    parts.push(next);
  }
  return parts.join(',');
}

function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const part = Buffer.alloc(64 * 1024, ' ');
  const write = (): void => {
    while (response.writable && !response.destroyed && response.write(part));
  };
  response.on('drain', write);
  write();
}
