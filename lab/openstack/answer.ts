import type { Json } from '../../src/kernel/index.ts';

/** A request in the form that a service of the double receives. */
export interface ServiceRequest {
  readonly method: string;
  /** Decoded, without empty parts: ['v1', 'p', 'stacks']. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Buffer;
  /** The address of the double: 'http://127.0.0.1:8004'. */
  readonly origin: string;
}

/** An answer of the double. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export function jsonAnswer(status: number, body: Json, headers: { readonly [name: string]: string } = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** A page in the form of the library under Heat's server. */
export function htmlAnswer(
  status: number,
  title: string,
  text: string,
  headers: { readonly [name: string]: string } = {},
): Answer {
  const heading = `${status} ${title}`;
  const body = `<html>\n <head>\n  <title>${heading}</title>\n </head>\n <body>\n  <h1>${heading}</h1>\n  ${text}\n\n\n\n </body>\n</html>`;
  return { status, headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers }, body };
}

export function emptyAnswer(status: number): Answer {
  return { status, headers: {}, body: '' };
}
