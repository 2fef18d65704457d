import type { SetParts } from './character-set.ts';
import type { Dialect } from './dialect.ts';
import { unicodeProperty } from './named-sets.ts';
import { PatternFault } from './pattern-fault.ts';
import type { PatternReader } from './pattern-reader.ts';

/** The meaning of an escape inside and outside of sets. */
export type Escape =
  | { readonly kind: 'character'; readonly codePoint: number }
  | { readonly kind: 'set'; readonly parts: SetParts };

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** `\x{10ffff}`, `\x0a`, `\u{10ffff}`, `\ud83d\ude00`, `\u000a`, `\cJ`, `\012`, `\0`: each has one group. */
const CODE = [
  /(?:x|u)\{([0-9a-fA-F]{1,8})\}/y,
  /x([0-9a-fA-F]{2})/y,
  /u([dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})/y,
  /u([0-9a-fA-F]{4})/y,
] as const;
const CONTROL_LETTER = /c([A-Za-z])/y;
const PROPERTY = /([pP])(?:\{(\^?)([^}]*)\}|([A-Za-z]))/y;
const CLASS = /[dswDSW]/y;
const OCTAL = /(0[0-7]{0,2}|[1-7][0-7]{1,2})/y;

/** Reads the text after a backslash. @throws PatternFault */
export function readEscape(reader: PatternReader, dialect: Dialect): Escape {
  const codePoint = readCode(reader);
  if (codePoint !== undefined) return { kind: 'character', codePoint };
  const parts = readSet(reader, dialect);
  if (parts !== undefined) return { kind: 'set', parts };
  const character = reader.take();
  if (character === '') throw new PatternFault('a backslash stands at the end');
  if (/^[1-9k]$/.test(character)) throw new PatternFault('back references are not supported');
  if (/^[\p{L}\p{N}]$/u.test(character)) throw new PatternFault('an escape is not supported');
  return { kind: 'character', codePoint: character.codePointAt(0) ?? 0 };
}

function readCode(reader: PatternReader): number | undefined {
  const octal = reader.match(OCTAL)?.[1];
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const letter = reader.match(CONTROL_LETTER)?.[1];
  if (letter !== undefined) return letter.charCodeAt(0) % 32;
  const control = CONTROLS.get(reader.next);
  if (control !== undefined) {
    reader.take();
    return control;
  }
  for (const form of CODE) {
    const digits = reader.match(form)?.[1];
    if (digits !== undefined) return codePointOf(digits);
  }
  return undefined;
}

function codePointOf(digits: string): number {
  const [high = '', low] = digits.split('\\u');
  if (low !== undefined) {
    return String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)).codePointAt(0) ?? 0;
  }
  const codePoint = Number.parseInt(high, 16);
  if (codePoint > 0x10ffff) throw new PatternFault('an escape names a character beyond Unicode');
  return codePoint;
}

function readSet(reader: PatternReader, dialect: Dialect): SetParts | undefined {
  const property = reader.match(PROPERTY);
  if (property !== undefined) {
    const [, letter, opposite, name = '', initial] = property;
    return { ...unicodeProperty(initial ?? name), negated: (letter === 'P') !== (opposite === '^') };
  }
  const letter = reader.match(CLASS)?.[0];
  if (letter === undefined) return undefined;
  const sets = { d: dialect.digit, s: dialect.space, w: dialect.word };
  const lower = letter.toLowerCase();
  const parts = lower === 'd' ? sets.d : lower === 's' ? sets.s : sets.w;
  return { ...parts, negated: letter !== lower };
}
