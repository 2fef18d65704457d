import { type ErrorCode, errorCatalogue } from './error-catalogue.ts';
import { MASK } from './secret.ts';

/** The names in a message template: 'no {type} {id}' → 'type' | 'id'. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** What a code's message needs: each placeholder of its template. */
export type ErrorParams<Code extends ErrorCode> = {
  readonly [Name in Placeholders<(typeof errorCatalogue)[Code]['message']>]: string | number;
};

/** One fault of an input: where (a JSON pointer, RFC 6901), and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly reason: string;
}

/** What an error carries besides. */
interface ErrorOptions {
  readonly cause?: unknown;
  readonly faults?: readonly Fault[];
  /** How a client is answered, where that is for the hooks of a catalogue to say. */
  readonly answer?: { readonly status: number; readonly code: string };
}

/** An error of the catalogue: what went wrong, where, and what to do. The only kind that reaches a user. */
export class KamadoError extends Error {
  readonly code: ErrorCode;
  /** The code that a client is answered: the same, or of a catalogue's own. */
  readonly shownCode: string;
  /** HTTP status (RFC 9110) where it answers a request. */
  readonly status: number;
  readonly remedy: string;
  readonly params: { readonly [name: string]: string | number };
  readonly faults: readonly Fault[];

  constructor(code: ErrorCode, params: { readonly [name: string]: string | number }, options: ErrorOptions = {}) {
    const entry = errorCatalogue[code];
    super(fill(entry.message, params), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'KamadoError';
    this.code = code;
    this.shownCode = options.answer?.code ?? code;
    this.status = options.answer?.status ?? entry.status;
    this.remedy = fill(entry.remedy, params);
    this.params = params;
    this.faults = options.faults ?? [];
  }
}

/** Makes an error of the catalogue; the compiler asks for each placeholder of its message. */
export function kamadoError<Code extends ErrorCode>(
  code: Code,
  params: ErrorParams<Code>,
  options: ErrorOptions = {},
): KamadoError {
  return new KamadoError(code, params, options);
}

/** True for an error of the catalogue, and of that code where one is given. */
export function isKamadoError(error: unknown, code?: ErrorCode): error is KamadoError {
  return error instanceof KamadoError && (code === undefined || error.code === code);
}

/** One line about any thrown value, for logs and state records: never a stack trace. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return typeof error === 'string' ? error : MASK;
}

function fill(template: string, params: { readonly [name: string]: string | number }): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
