import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { codeOf, errorText, isKamadoError, type KamadoError, kamadoError, limits } from '../../kernel/index.ts';
import type { CloudTls } from './cloud.ts';

/** A request to a service of a cloud. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or null. */
  readonly body: string | null;
  /** Ends the request, which then rejects. */
  readonly signal: AbortSignal;
}

/** The answer of a service, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name. The values of a repeated header are joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** For a status of 300 or more: its first `limits.stackErrorBytes`. */
  readonly body: string;
}

/** Sends a request; follows no redirect. @throws STACK_UNAVAILABLE, STACK_ANSWER_INVALID, OVERLOADED */
export interface HttpSend {
  (request: HttpRequest): Promise<HttpAnswer>;
  /** Closes open connections. */
  readonly close?: () => void;
}

/** Connections are kept, up to a number. The last used one is used next, so that others become idle. */
const KEPT = {
  keepAlive: true,
  maxSockets: limits.stackConnections,
  maxFreeSockets: limits.stackConnections,
  timeout: limits.stackIdleMs,
  scheduling: 'lifo',
} as const;

/** The lowest status of answers without the requested content. */
const REDIRECTS = 300;

/** The error codes of Node and OpenSSL for an untrusted certificate, or a server that doesn't speak TLS. */
const NOT_TRUSTED = /CERT|ERR_SSL|EPROTO|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/;

/** The server closed a kept connection before it answered: it may never have received the request. */
class ClosedMeanwhile extends Error {}

/** Returns a sender for HTTP and HTTPS with connections of its own, kept and limited in number. */
export function nodeSend(tls: CloudTls = {}): HttpSend {
  const plain = new HttpAgent(KEPT);
  const secure = new HttpsAgent(KEPT);
  const trust = { ...certificatesOf(tls), rejectUnauthorized: !(tls.insecure ?? false) };
  const start = ({ url, method, headers, signal }: HttpRequest, isFresh: boolean): ClientRequest => {
    const options = { method, headers, signal };
    return url.startsWith('https:')
      ? httpsRequest(url, { ...options, ...trust, agent: isFresh ? false : secure })
      : httpRequest(url, { ...options, agent: isFresh ? false : plain });
  };
  let pending = 0;
  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (pending >= limits.stackPendingRequests) {
      throw kamadoError('OVERLOADED', { queue: 'the cloud', limit: limits.stackPendingRequests });
    }
    pending++;
    try {
      return await answered(request, start(request, false)).catch((error) => {
        // Only requests that read can be sent again.
        if (error instanceof ClosedMeanwhile && request.method === 'GET')
          return answered(request, start(request, true));
        throw error;
      });
    } catch (error) {
      throw sendError(request, error);
    } finally {
      pending--;
    }
  };
  const close = () => {
    plain.destroy();
    secure.destroy();
  };
  return Object.assign(send, { close });
}

/** Returns the certificates of a cloud, by OpenSSL's names. */
export function certificatesOf({ ca, certificate, key }: CloudTls): SecureContextOptions {
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key: key.reveal() }),
  };
}

/** Sends the body, and reads the answer. */
async function answered(request: HttpRequest, sent: ClientRequest): Promise<HttpAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    // There may be more than one error: the listener stays.
    sent.on('error', (error) => reject(isClosedMeanwhile(sent, error) ? new ClosedMeanwhile(error.message) : error));
    sent.end(request.body ?? undefined);
  });
  const status = response.statusCode ?? 0;
  const headers = Object.entries(response.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return { status, headers: Object.fromEntries(headers), body: await read(request, response, status) };
}

function isClosedMeanwhile(sent: ClientRequest, error: Error): boolean {
  return sent.reusedSocket && (codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE');
}

async function read(request: HttpRequest, response: IncomingMessage, status: number): Promise<string> {
  const isError = status >= REDIRECTS;
  const limit = isError ? limits.stackErrorBytes : limits.stackAnswerBytes;
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early closes the connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit && !isError) throw invalid(request, `the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
    if (length > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

/**
 * Returns the reason why a request failed, without its contents: neither its headers nor its body, nor the query of its
 * URL.
 */
function sendError(request: HttpRequest, error: unknown): KamadoError {
  if (isKamadoError(error)) return error;
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return invalid(request, `it does not speak HTTP (${code})`);
  if (NOT_TRUSTED.test(code)) return invalid(request, `no trusted TLS connection can be made (${code})`);
  if (request.signal.aborted) return unavailable(request, 'the request was ended');
  if (code === 'ECONNRESET' || code === 'EPIPE') return unavailable(request, `the connection was lost (${code})`);
  return unavailable(request, code === '' ? errorText(error) : code);
}

function unavailable({ url }: HttpRequest, reason: string): KamadoError {
  return kamadoError('STACK_UNAVAILABLE', { service: 'OpenStack', endpoint: originOf(url), reason });
}

function invalid({ url }: HttpRequest, reason: string): KamadoError {
  return kamadoError('STACK_ANSWER_INVALID', { service: 'OpenStack', endpoint: originOf(url), reason });
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an invalid URL';
}
