import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fastify as createFastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import {
  codeOf,
  crashText,
  type KamadoError,
  kamadoError,
  type Log,
  limits,
  nextTurn,
  type Runtime,
} from '../kernel/index.ts';
import { Admission, type AdmissionTimes } from './admission.ts';
import { ConnectionQueues } from './connection-queues.ts';
import { createHostGuard } from './host-guard.ts';
import { parseJsonBody } from './json-body.ts';
import { listenError } from './listen-error.ts';
import type { ListenerHandover } from './listener-handover.ts';
import { connectionError, knownError, PROBLEM_TYPE, problemText, RETRY_AFTER_SECONDS } from './problem.ts';
import { allMethods, shownPath } from './routes.ts';

export interface ServerOptions extends AdmissionTimes {
  readonly runtime: Runtime;
  readonly log: Log;
  /** A name or an address to listen on; requests may be addressed to it. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Listens instead of the server, if several servers follow each other. */
  readonly handover?: ListenerHandover;
  /** `limits.requestTimeoutMs` if absent. */
  readonly requestTimeoutMs?: number;
  /** The number of concurrent connections; `limits.connections` if absent. */
  readonly connections?: number;
}

/** The HTTP server without its routes: limits, guards, errors, start and end. */
export interface Server {
  readonly fastify: FastifyInstance;
  /** @throws PORT_IN_USE, ADDRESS_UNUSABLE */
  readonly listen: () => Promise<{ readonly host: string; readonly port: number }>;
  /** Answers the requests in progress, for `limits.apiDrainMs` at most, and closes every connection. */
  readonly close: () => Promise<void>;
}

/** Creates the server; it doesn't listen yet. */
export function createServer(options: ServerOptions): Server {
  const { runtime, log, host, port, handover } = options;
  const guard = createHostGuard(host);
  const queues = new ConnectionQueues();
  const admission = new Admission(runtime, options);
  const fastify = createFastify({
    ...serverLimits(options.requestTimeoutMs ?? limits.requestTimeoutMs),
    rewriteUrl: ({ url = '/' }) => withoutJsonSuffix(url),
    clientErrorHandler: (error, socket) => refuseConnection(queues, error, socket),
    frameworkErrors: (error, request, reply) => {
      // No id is as long as this segment.
      const long = codeOf(error) === 'FST_ERR_MAX_PARAM_LENGTH';
      sendError(long ? kamadoError('PATH_NOT_FOUND', { path: shownPath(request.originalUrl) }) : error, request, reply);
    },
  });
  fastify.server.maxConnections = options.connections ?? limits.connections;
  // Node silently drops headers beyond its own maximum; ours is checked below.
  fastify.server.maxHeadersCount = 0;
  // Node would answer these without a body, before they are checked, or not at all.
  fastify.server.on('checkExpectation', fastify.routing);
  fastify.server.on('checkContinue', fastify.routing);
  fastify.server.on('connect', (request, socket) => refuseTunnel(queues, request, socket));

  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      checkEncoding(request.headers);
      done(null, parseJsonBody(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error('the parser failed'));
    }
  });

  let underWay = 0;
  let closing = false;
  let drained = (): void => {};
  const ended = (): void => {
    underWay--;
    if (closing && underWay === 0) drained();
  };

  const check = ({ raw, originalUrl }: FastifyRequest): void => {
    const { headers, rawHeaders, httpVersion } = raw;
    if (closing) throw kamadoError('SHUTTING_DOWN', {});
    if (rawHeaders.length > 2 * limits.requestHeaders) throw kamadoError('HEADERS_TOO_LARGE', {});
    guard({ headers, rawHeaders, httpVersion, target: originalUrl });
    if (headers.expect !== undefined && !expectsContinue(raw)) throw kamadoError('EXPECTATION_FAILED', {});
  };

  fastify.addHook('onRequest', (request, reply, done) => {
    const begin = (): void => {
      underWay++;
      admission.begin(request);
      try {
        check(request);
      } catch (error) {
        done(error instanceof Error ? error : new Error('the guard failed'));
        return;
      }
      admission.admitBody(request, (error) => {
        if (error === undefined && expectsContinue(request.raw) && request.raw.httpVersion !== '1.0') {
          reply.raw.writeContinue();
        }
        done(error);
      });
    };
    const end = (): void => {
      admission.end(request);
      ended();
    };
    queues.enter({ request: request.raw, answer: reply.raw, begin, end });
  });
  admission.register(fastify);

  const sendError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const mediaType = (request.headers['content-type'] ?? 'none').slice(0, 255);
    const known = knownError(error, { mediaType }) ?? internalError(error, request);
    if (known.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    // fastify would close the connection while the client still sends, and the answer could be lost with it. Node reads
    // and discards the rest, for as long as the request may take.
    reply.removeHeader('connection');
    reply
      .code(known.status)
      .header('content-type', PROBLEM_TYPE)
      .header('x-content-type-options', 'nosniff')
      .send(problemText(known));
  };

  const internalError = (error: unknown, request: FastifyRequest): KamadoError => {
    const reference = runtime.uuid();
    const stack = crashText(error);
    log.error({ reference, method: request.method, route: request.routeOptions.url, stack }, 'A request failed.');
    return kamadoError('INTERNAL', { reference });
  };

  fastify.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  fastify.setNotFoundHandler(async ({ method, originalUrl }, reply) => {
    const path = shownPath(originalUrl);
    // fastify has no route for methods that no path serves, so they are refused here.
    if (fastify.supportedMethods.includes(method)) throw kamadoError('PATH_NOT_FOUND', { path });
    reply.header('allow', allMethods);
    throw kamadoError('METHOD_NOT_ALLOWED', { method, path, allowed: allMethods });
  });

  const finish = async (): Promise<void> => {
    if (handover !== undefined) {
      handover.shut();
      // Lets the events of sockets that were handed over a moment ago run first.
      await nextTurn(runtime);
    }
    closing = true;
    const listening = fastify.server.listening || handover !== undefined;
    const closed = fastify.close();
    if (listening && underWay > 0) {
      await new Promise<void>((resolve) => {
        drained = resolve;
        runtime.after(limits.apiDrainMs, resolve);
      });
    }
    fastify.server.closeAllConnections();
    await closed;
  };
  let finished: Promise<void> | undefined;

  return {
    fastify,
    listen: async () => {
      if (handover !== undefined) {
        await fastify.ready();
        // On this event Node begins to track a server's connections, and to end those that are too slow.
        fastify.server.emit('listening');
        handover.open((socket) => fastify.server.emit('connection', socket));
        return handover.address;
      }
      try {
        // For the two addresses that localhost may have, fastify would start a server each.
        await fastify.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
      } catch (error) {
        throw listenError(error, host, port);
      }
      const address = fastify.server.address();
      return { host, port: typeof address === 'object' && address !== null ? address.port : port };
    },
    close: () => {
      finished ??= finish();
      return finished;
    },
  };
}

function serverLimits(requestTimeoutMs: number) {
  return {
    logger: false,
    bodyLimit: limits.requestBodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    // Requests on connections that are still open while the server closes are answered by the hook, as a problem.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.idLength },
    http: {
      maxHeaderSize: limits.requestHeaderBytes,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.connectionCheckMs, requestTimeoutMs),
      // Node would answer a missing Host without a body; the guard refuses it as a problem.
      requireHostHeader: false,
    },
  } as const;
}

/** Whether the client sends the body only after 100 Continue (RFC 9110 §10.1.1). */
function expectsContinue({ headers }: IncomingMessage): boolean {
  return headers.expect?.toLowerCase() === '100-continue';
}

/** Refuses other encodings: JSON is UTF-8 (RFC 8259 §8.1), and compressed bodies aren't supported. */
function checkEncoding(headers: IncomingHttpHeaders): void {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = headers;
  if (coding !== 'identity') throw kamadoError('MEDIA_TYPE_UNSUPPORTED', { type: coding.slice(0, 255) });
  if (type === 'application/json') return;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return;
  throw kamadoError('MEDIA_TYPE_UNSUPPORTED', { type: type.slice(0, 255) });
}

/** The target without '.json': Neutron's clients ask for '/v2.0/ports.json' (compatibility A1). */
function withoutJsonSuffix(target: string): string {
  const end = target.indexOf('?');
  const path = end < 0 ? target : target.slice(0, end);
  if (!path.endsWith('.json') || /gohan|webui/.test(path)) return target;
  return path.slice(0, -'.json'.length) + (end < 0 ? '' : target.slice(end));
}

/** Answers data that is not HTTP, too slow or too large, after the requests before it, and ends the connection. */
function refuseConnection(queues: ConnectionQueues, error: Error, socket: Socket): void {
  const latest = queues.latest(socket);
  // A request that can't be completed is answered at once, but not twice.
  const incomplete = latest?.request.complete === false;
  if (codeOf(error) === 'ECONNRESET' || (incomplete && latest?.answer.headersSent === true)) {
    socket.destroy();
    return;
  }
  const refuse = (): void => endWithProblem(socket, connectionError(error), { bodyless: mayAskForHead(error) });
  if (incomplete) refuse();
  else queues.whenIdle(socket, refuse);
}

/** Refuses CONNECT, after the requests before it: this is no proxy. */
function refuseTunnel(queues: ConnectionQueues, { method = '', url = '' }: IncomingMessage, duplex: Duplex): void {
  // A server without TLS has only this kind of socket.
  const socket = duplex as Socket;
  // Node doesn't handle the socket's errors any more.
  socket.on('error', () => socket.destroy());
  const problem = kamadoError('METHOD_NOT_ALLOWED', { method, path: shownPath(url), allowed: allMethods });
  queues.whenIdle(socket, () => endWithProblem(socket, problem, { headers: `Allow: ${allMethods}\r\n` }));
}

/**
 * Whether a request that Node couldn't parse is a HEAD, whose answer has no body (RFC 9110 §9.3.2), or may be one. If
 * the headers are too large, only their last part is known.
 */
function mayAskForHead(error: Error): boolean {
  const packet: unknown = Reflect.get(error, 'rawPacket');
  const start = Buffer.isBuffer(packet) ? packet.subarray(0, 16).toString('latin1') : '';
  return start.startsWith('HEAD ') || (codeOf(error) === 'HPE_HEADER_OVERFLOW' && !/^[A-Z]+ \//.test(start));
}

function endWithProblem(
  socket: Socket,
  problem: KamadoError,
  { headers = '', bodyless = false }: { readonly headers?: string; readonly bodyless?: boolean } = {},
): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = problemText(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\nContent-Type: ${PROBLEM_TYPE}\r\n${headers}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${bodyless ? '' : body}`,
    () => socket.destroy(),
  );
}
