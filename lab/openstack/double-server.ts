import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorText } from '../../src/kernel/index.ts';
import { listen } from '../listen.ts';
import { type Answer, emptyAnswer, htmlAnswer, jsonAnswer, type ServiceRequest } from './answer.ts';
import { HeatError, heatErrorBody } from './heat-error.ts';
import type { ServiceFault } from './service-fault.ts';

/** The service behind the server. */
export interface DoubleService {
  /** Called for each request. Returns the fault that it gets. */
  readonly begin: (
    method: string,
    path: readonly string[],
  ) => Promise<{ readonly fault: ServiceFault; readonly isDone: boolean } | null>;
  readonly answer: (request: ServiceRequest) => Promise<Answer>;
}

/** A listening server. */
export interface DoubleServer {
  readonly port: number;
  /** Closes every connection, and stops listening. */
  readonly close: () => Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;

/** Serves over HTTP/1.1 with kept connections. Throws PORT_IN_USE and ADDRESS_UNUSABLE. */
export async function startServer(host: string, port: number, service: DoubleService): Promise<DoubleServer> {
  const server = createServer((request, response) => {
    serve(service, request, response).catch((error: unknown) => {
      // A client that disconnects early is no fault of the double. The client sees any other error.
      if (!response.headersSent && !response.destroyed) {
        send(response, jsonAnswer(500, heatErrorBody(new HeatError(500, 'InternalError', errorText(error)))));
      } else response.destroy();
    });
  });
  const listening = await listen(server, host, port);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: listening, close };
}

async function serve(service: DoubleService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request;
  const origin = `http://${headers.host ?? 'localhost'}`;
  const url = new URL(request.url ?? '/', origin);
  const path = url.pathname.split('/').filter(Boolean).map(decoded);
  const fault = await service.begin(method, path);
  const body = await bytesOf(request);
  const single = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  const asked = { method, path, query: url.searchParams, headers: Object.fromEntries(single), body, origin };
  const answer = fault === null || fault.isDone ? await service.answer(asked) : emptyAnswer(204);
  if (fault === null) send(response, answer);
  else fail(request, response, fault.fault);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // An invalid escape stays as it is.
    return part;
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers);
  response.end(body);
}

function fail(request: IncomingMessage, response: ServerResponse, fault: ServiceFault): void {
  switch (fault.kind) {
    case 'status': {
      const error = new HeatError(fault.status, `HTTP${fault.status}`, 'The lab was told to fail.');
      send(response, jsonAnswer(fault.status, heatErrorBody(error)));
      break;
    }
    case 'reset':
      request.socket.resetAndDestroy();
      break;
    case 'hang':
      break;
    case 'html':
      send(response, htmlAnswer(fault.status ?? 200, 'Proxy', 'This is not the service that you asked for.'));
      break;
    case 'huge':
      sendHuge(response, fault.bytes);
      break;
    case 'empty':
      send(response, emptyAnswer(fault.status ?? 200));
      break;
  }
}

/** Sends JSON of so many bytes, piece by piece, as fast as the client accepts it. */
function sendHuge(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const chunk = 'x'.repeat(CHUNK_BYTES);
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK_BYTES;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end('"}');
  };
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.write('{"stacks": "');
  more();
}
