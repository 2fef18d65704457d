import type { SetParts } from './character-set.ts';
import { PatternFault } from './pattern-fault.ts';

/** `[:alpha:]` and its like, of ASCII: each pair is the first and the last of a range. */
const asciiClasses: ReadonlyMap<string, readonly string[]> = new Map([
  ['alnum', ['09', 'AZ', 'az']],
  ['alpha', ['AZ', 'az']],
  ['ascii', ['\0\x7f']],
  ['blank', ['\t\t', '  ']],
  ['cntrl', ['\0\x1f', '\x7f\x7f']],
  ['digit', ['09']],
  ['graph', ['!~']],
  ['lower', ['az']],
  ['print', [' ~']],
  ['punct', ['!/', ':@', '[`', '{~']],
  ['space', ['\t\r', '  ']],
  ['upper', ['AZ']],
  ['word', ['09', 'AZ', '__', 'az']],
  ['xdigit', ['09', 'AF', 'af']],
]);

/** Returns an ASCII class by name. @throws PatternFault if there is no such class */
export function asciiClass(name: string): SetParts {
  const found = asciiClasses.get(name);
  if (found === undefined) throw new PatternFault('[: and :] name no class of characters');
  return { ranges: found.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const) };
}

/** A cache. Only existing names are kept, and Unicode has some hundreds. */
const properties = new Map<string, SetParts>();

/**
 * Returns the set that `\p{…}` names: a general category (L, Lu, Letter), a script (Greek, Script=Greek) or another
 * property of Unicode that ECMAScript knows.
 * @throws PatternFault if there is none
 */
export function unicodeProperty(name: string): SetParts {
  const known = properties.get(name);
  if (known !== undefined) return known;
  const property = /^\w+(?:=\w+)?$/.test(name) ? (compiled(name) ?? compiled(`Script=${name}`)) : undefined;
  if (property === undefined) throw new PatternFault('\\p names no property of Unicode');
  properties.set(name, { property });
  return { property };
}

function compiled(name: string): RegExp | undefined {
  try {
    return new RegExp(`^\\p{${name}}$`, 'u');
  } catch {
    return undefined;
  }
}
