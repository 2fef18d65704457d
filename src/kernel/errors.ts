import { type CatalogueEntry, type ErrorCode, errorCatalogue } from './error-catalogue.ts';
import { ForeignText } from './foreign-text.ts';
import { noRedaction, type Redactor } from './redactor.ts';
import { MASK, type Secret } from './secret.ts';

/** The names in a message template: 'no {type} {id}' → 'type' | 'id'. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/**
 * A parameter of a message. A secret prints the mask. A foreign text is redacted by a redactor that knows the secrets
 * that it may repeat.
 */
export type ErrorParam = string | number | Secret | ForeignText;

/** The parameters that a code's message needs: each placeholder of its template. */
export type ErrorParams<Code extends ErrorCode> = {
  readonly [Name in Placeholders<(typeof errorCatalogue)[Code]['message']>]: ErrorParam;
};

/** One fault of an input: the place (a JSON pointer, RFC 6901) and the reason. */
export interface Fault {
  readonly pointer: string;
  readonly reason: string;
}

/** Additional data of an error. */
interface ErrorOptions {
  readonly cause?: unknown;
  readonly faults?: readonly Fault[];
  /** The status and code of the answer, if the hooks of a catalogue decide it. */
  readonly answer?: { readonly status: number; readonly code: string };
  /** The text for logs instead of the message, if that is for the client alone. */
  readonly logText?: string;
}

/** An error of the catalogue: the cause, the place and the remedy. Users see no other kind. */
export class KamadoError extends Error {
  readonly code: ErrorCode;
  /** The code in a client's answer: the same, or a catalogue's own. */
  readonly shownCode: string;
  /** The HTTP status (RFC 9110) if it answers a request. */
  readonly status: number;
  readonly remedy: string;
  /** The printable values: the mask for a secret. */
  readonly params: { readonly [name: string]: string | number };
  readonly faults: readonly Fault[];
  readonly logText: string;
  readonly #given: GivenParams;

  constructor(code: ErrorCode, params: GivenParams, options: ErrorOptions = {}) {
    const entry = errorCatalogue[code];
    super(fill(entry.message, params), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'KamadoError';
    this.code = code;
    this.shownCode = options.answer?.code ?? code;
    this.status = options.answer?.status ?? entry.status;
    this.remedy = fill(entry.remedy, params);
    this.params = Object.fromEntries(Object.entries(params).map(([name, param]) => [name, shown(param)]));
    this.faults = options.faults ?? [];
    this.logText = options.logText ?? this.message;
    this.#given = params;
  }

  /**
   * Returns the message, with foreign texts in it redacted. @param foreign a parameter that is one, though it isn't
   * marked
   */
  messageFor(redact: Redactor, foreign?: string): string {
    const marked = Object.entries(this.#given).map(([name, param]) => {
      return [name, name === foreign && typeof param === 'string' ? new ForeignText(param) : param] as const;
    });
    return fill(errorCatalogue[this.code].message, Object.fromEntries(marked), redact);
  }
}

type GivenParams = { readonly [name: string]: ErrorParam };

function shown(param: ErrorParam): string | number {
  return typeof param === 'object' ? String(param) : param;
}

/** Makes an error of the catalogue. The compiler requires each placeholder of its message. */
export function kamadoError<Code extends ErrorCode>(
  code: Code,
  params: ErrorParams<Code>,
  options: ErrorOptions = {},
): KamadoError {
  return new KamadoError(code, params, options);
}

/** Whether an error is of the catalogue, and of that code if one is given. */
export function isKamadoError(error: unknown, code?: ErrorCode): error is KamadoError {
  return error instanceof KamadoError && (code === undefined || error.code === code);
}

/** Whether a failed operation may succeed if it is tried again, according to the catalogue. */
export function isRetryable(error: unknown): boolean {
  if (!isKamadoError(error)) return false;
  const entry: CatalogueEntry = errorCatalogue[error.code];
  return entry.retryable === true;
}

/** One line about any thrown value, for logs and state records: never a stack trace. */
export function errorText(error: unknown): string {
  if (isKamadoError(error)) return error.logText;
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return typeof error === 'string' ? error : MASK;
}

/** The code that Node or a library gave an error, or ''. */
export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

function fill(template: string, params: GivenParams, redact = noRedaction): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const param = params[name];
    return param instanceof ForeignText ? param.redacted(redact) : String(param ?? whole);
  });
}
