import { isUtf8 } from 'node:buffer';
import {
  type Fault,
  isJsonObject,
  type Json,
  type JsonObject,
  jsonTextDepth,
  kamadoError,
  limits,
  lostNumber,
  pointerAt,
  pointerPart,
} from '../kernel/index.ts';

/**
 * Matches text that may hold a value that JSON allows and later code doesn't: escapes (NUL, lone surrogates, hidden
 * names), `__proto__`. Other text needs no second check.
 */
const suspicious = /\\u|__proto__/;

const loneSurrogate = /\p{Surrogate}/u;

/**
 * Parses a request's body; undefined if it is empty. Refuses strings that aren't Unicode or contain NUL, numbers that
 * can't be kept to the digit, and objects with a key `__proto__`. Of equal keys the last one counts.
 * @throws BODY_NOT_JSON, BODY_TOO_DEEP
 */
export function parseJsonBody(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw kamadoError('BODY_NOT_JSON', { reason: 'it is not UTF-8' });
  const text = bytes.toString('utf8');
  if (jsonTextDepth(text) > limits.jsonDepth) throw kamadoError('BODY_TOO_DEEP', { limit: limits.jsonDepth });
  const body = parse(text);
  const fault = (suspicious.test(text) ? faultIn(body, '') : null) ?? numberFault(text);
  if (fault === null) return body;
  throw kamadoError('BODY_NOT_JSON', { reason: `${fault.pointer || 'the body'} ${fault.reason}` }, { faults: [fault] });
}

function numberFault(text: string): Fault | null {
  const lost = lostNumber(text);
  return lost === null ? null : { pointer: pointerAt(text, lost.offset), reason: lost.reason };
}

/**
 * The resource in a body: the member with the type's singular name if it is the only one, else the whole body.
 * @throws BODY_NOT_JSON if it isn't an object
 */
export function resourceIn(body: unknown, singular: string): JsonObject {
  if (body === undefined || body === null) throw kamadoError('BODY_NOT_JSON', { reason: 'there is no body' });
  if (!isJsonObject(body)) {
    const found = Array.isArray(body) ? 'an array' : `a ${typeof body}`;
    throw kamadoError('BODY_NOT_JSON', { reason: `it is ${found}, not an object` });
  }
  const inner = body[singular];
  return isJsonObject(inner) && Object.keys(body).length === 1 ? inner : body;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    // V8 quotes the text around a fault, which may hold a secret: only the position is passed on.
    const place = error instanceof Error ? /at position \d+/.exec(error.message)?.[0] : undefined;
    throw kamadoError('BODY_NOT_JSON', { reason: place === undefined ? 'it is not JSON' : `it is not JSON ${place}` });
  }
}

/** The first value that can't be stored, with its JSON pointer (RFC 6901). */
function faultIn(value: Json, pointer: string): Fault | null {
  if (typeof value === 'string') {
    const reason = textFault(value);
    return reason === null ? null : { pointer, reason };
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, part] of Object.entries(value)) {
    if (key === '__proto__') return { pointer, reason: 'has a key __proto__' };
    if (textFault(key) !== null) return { pointer, reason: `has a key that ${textFault(key)}` };
    const fault = faultIn(part, `${pointer}/${pointerPart(key)}`);
    if (fault !== null) return fault;
  }
  return null;
}

/** The reason why a text can't be stored, or null: PostgreSQL accepts no NUL, UTF-8 has no lone surrogates. */
export function textFault(text: string): string | null {
  if (text.includes('\0')) return 'holds the character NUL';
  return loneSurrogate.test(text) ? 'holds half of a surrogate pair' : null;
}
