import {
  codeOf,
  errorText,
  isJsonObject,
  type Json,
  type JsonObject,
  type KamadoError,
  kamadoError,
  limits,
  parseJson,
} from '../kernel/index.ts';
import { serverRefused } from './server-refused.ts';

/** The answer of a server. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; undefined where it is empty or something else. */
  readonly body: Json | undefined;
}

/** Requests to one server. Whatever it refuses is thrown as SERVER_REFUSED, with what it said. */
export interface HttpClient {
  readonly endpoint: string;
  /** @throws SERVER_REFUSED, SERVER_UNREACHABLE */
  readonly send: (method: string, path: string, body?: JsonObject) => Promise<Answer>;
  /** GET; null where nothing is there. @throws SERVER_REFUSED, SERVER_UNREACHABLE */
  readonly find: (path: string) => Promise<Answer | null>;
  /**
   * The lines of an answer that has no end, blank ones left out, until the server ends it or `signal` aborts.
   * Resolves when the server has begun to answer. @throws SERVER_REFUSED, SERVER_UNREACHABLE
   */
  readonly follow: (path: string, signal: AbortSignal) => Promise<AsyncIterable<string>>;
}

/** A client of the server at `endpoint`, a URL without a slash at its end. */
export function createHttpClient(endpoint: string): HttpClient {
  const ask = async (method: string, path: string, body: JsonObject | undefined): Promise<Answer> => {
    const signal = AbortSignal.timeout(limits.clientRequestMs);
    try {
      const response = await fetch(endpoint + path, {
        method,
        signal,
        redirect: 'error',
        headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await readText(response);
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : parseJson(text) };
    } catch (error) {
      throw unreachable(endpoint, error);
    }
  };
  return {
    endpoint,
    send: async (method, path, body) => checked(endpoint, await ask(method, path, body)),
    find: async (path) => {
      const answer = await ask('GET', path, undefined);
      return answer.status === 404 ? null : checked(endpoint, answer);
    },
    follow: async (path, signal) => {
      try {
        const response = await fetch(endpoint + path, { signal, redirect: 'error' });
        if (response.ok && response.body !== null) return linesOf(response.body, endpoint, signal);
        const { status, headers } = response;
        throw refusal(endpoint, { status, headers, body: parseJson(await readText(response)) });
      } catch (error) {
        if (signal.aborted) return noLines();
        throw unreachable(endpoint, error);
      }
    },
  };
}

/** A path with a query, and without a `?` that nothing follows: whether fetch drops it depends on the version of Node. */
export function pathWith(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The object that an answer holds. @throws SERVER_REFUSED where it holds something else */
export function objectOf(client: HttpClient, { body, status }: Answer): JsonObject {
  if (isJsonObject(body)) return body;
  throw notKamado(client.endpoint, status);
}

/** The list that an answer holds. @throws SERVER_REFUSED where it holds something else */
export function listOf(client: HttpClient, { status }: Answer, list: Json | undefined): readonly Json[] {
  if (Array.isArray(list)) return list;
  throw notKamado(client.endpoint, status);
}

/** The lines of a stream whose reader has already aborted. */
async function* noLines(): AsyncGenerator<string> {}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > limits.clientAnswerBytes) throw new Error('its answer is too large');
  }
  return text + decoder.decode();
}

function linesOf(body: ReadableStream<Uint8Array>, endpoint: string, signal: AbortSignal): AsyncIterable<string> {
  const reader = body.getReader();
  // fetch forgets its signal once an answer has begun and nothing else holds it: so the reader is cancelled directly.
  const end = (): void => {
    // It fails only where the stream has failed, which the read below tells.
    reader.cancel().catch(() => undefined);
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const isOver = (): boolean => signal.aborted;
  return readLines(reader, { endpoint, isOver, end });
}

/** A source of lines; `end` is called once the caller wants no more of them. */
interface LineSource {
  readonly endpoint: string;
  readonly isOver: () => boolean;
  readonly end: () => void;
}

async function* readLines(reader: ReadableStreamDefaultReader<Uint8Array>, { endpoint, isOver, end }: LineSource) {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let part = await reader.read(); !part.done && !isOver(); part = await reader.read()) {
      const lines = (rest + decoder.decode(part.value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > limits.clientAnswerBytes) throw new Error('its answer is too large');
      for (const line of lines) if (line !== '') yield line;
    }
  } catch (error) {
    if (!isOver()) throw unreachable(endpoint, error);
  } finally {
    end();
  }
}

function checked(endpoint: string, answer: Answer): Answer {
  if (answer.status < 400) return answer;
  throw refusal(endpoint, answer);
}

/** A problem (RFC 9457) as Kamado sends it, or `{error}` as the original does. */
function refusal(endpoint: string, { status, body }: Answer): KamadoError {
  if (!isJsonObject(body)) return notKamado(endpoint, status);
  const reason = [body.detail, body.error].find((text) => typeof text === 'string');
  const remedy = typeof body.remedy === 'string' ? body.remedy : 'See the log of the server.';
  if (typeof reason !== 'string') return notKamado(endpoint, status);
  return serverRefused(reason, remedy);
}

function notKamado(endpoint: string, status: number): KamadoError {
  const reason = `${endpoint} answered with status ${status}, but not as Kamado does.`;
  return serverRefused(reason, 'Name the server with --endpoint.');
}

function unreachable(endpoint: string, error: unknown): unknown {
  if (error instanceof Error && error.name === 'KamadoError') return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = codeOf(cause);
  const reason = code === '' ? errorText(cause) : code;
  return kamadoError('SERVER_UNREACHABLE', { endpoint, reason }, { cause: error });
}
