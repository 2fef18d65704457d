import { decimalOf } from './decimal.ts';
import { type Json, parseJson, pointerPart } from './json.ts';

/** A number in JSON text that a double can't hold exactly: its offset, and the reason. */
export interface LostNumber {
  readonly offset: number;
  readonly reason: string;
}

/** Up to 15 digits are always kept. Only longer runs of digits, and exponents, need a check. */
const KEPT_LENGTH = 15;
const SMALLEST_FINE = 1e-300;
const suspicious = /(?:^|[:,[\s])-?\d(?:[\d.]{15}|[\d.]*[eE])/;

/** The reason for an integer that is too large. */
export const INTEGER_LOST = 'is an integer beyond 2^53, whose digits would change: write it as text';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Returns why a decimal (in JSON notation) can't be kept exactly, or null. */
export function lostDigits(decimal: string): string | null {
  const value = Number(decimal);
  if (!Number.isFinite(value)) return 'is a number beyond what can be stored';
  // Near the smallest doubles, even few digits can be too many.
  const isCoarse = Math.abs(value) < SMALLEST_FINE && /[eE]/.test(decimal);
  if (decimal.length <= KEPT_LENGTH && !isCoarse) return null;
  const [written, kept] = [decimalOf(decimal), decimalOf(String(value))];
  if (written.digits === kept.digits && written.exponent === kept.exponent) return null;
  return /^-?\d+$/.test(decimal)
    ? INTEGER_LOST
    : 'is a number with more digits than are kept: round it, or write it as text';
}

/** Returns the first number in valid JSON text that parsing would change. null if all are kept. */
export function lostNumber(text: string): LostNumber | null {
  if (!suspicious.test(text)) return null;
  for (const [offset, end] of numbersIn(text)) {
    const reason = lostDigits(text.slice(offset, end));
    if (reason !== null) return { offset, reason };
  }
  return null;
}

/**
 * Parses JSON from another service, whose author can't be asked to change it: a number that parsing would change
 * becomes text with its digits. undefined if it isn't JSON.
 */
export function parseForeignJson(text: string): Json | undefined {
  const value = parseJson(text);
  return value === undefined || lostNumber(text) === null ? value : parseJson(withLostAsText(text));
}

function withLostAsText(text: string): string {
  const parts: string[] = [];
  let done = 0;
  for (const [offset, end] of numbersIn(text)) {
    if (lostDigits(text.slice(offset, end)) === null) continue;
    parts.push(text.slice(done, offset), '"', text.slice(offset, end), '"');
    done = end;
  }
  return [...parts, text.slice(done)].join('');
}

/** Returns the JSON pointer (RFC 6901) of the value that begins at an offset of valid JSON text. */
export function pointerAt(text: string, offset: number): string {
  // The index or the key of the current member, for each enclosing list or object.
  const path: (string | number)[] = [];
  for (let at = 0; at < offset; at++) {
    const character = text[at];
    if (character === '[') path.push(0);
    else if (character === '{') path.push('');
    else if (character === ']' || character === '}') path.pop();
    else if (character === ',') {
      const index = path.at(-1);
      if (typeof index === 'number') path[path.length - 1] = index + 1;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) path[path.length - 1] = String(parseJson(text.slice(at, end)));
      at = end - 1;
    }
  }
  return path.map((part) => `/${pointerPart(String(part))}`).join('');
}

const colon = /\s*:/y;

/** Whether the string that ends there is the key of a member. */
function isKey(text: string, end: number): boolean {
  colon.lastIndex = end;
  return colon.test(text);
}

/** Yields the start and the end of each number in valid JSON text. */
function* numbersIn(text: string): Generator<readonly [offset: number, end: number]> {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === QUOTE) {
      at = endOfString(text, at) - 1;
    } else if (beginsNumber(text.charCodeAt(at))) {
      const start = at;
      while (at + 1 < text.length && continuesNumber(text.charCodeAt(at + 1))) at++;
      yield [start, at + 1];
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A digit or '-'. */
function beginsNumber(code: number): boolean {
  return isDigit(code) || code === 0x2d;
}

/** A digit, '-', '+', '.', 'e' or 'E'. */
function continuesNumber(code: number): boolean {
  return beginsNumber(code) || code === 0x2b || code === 0x2e || code === 0x65 || code === 0x45;
}
