import { didYouMean, type Json, type JsonObject, limits, type Runtime } from '../../kernel/index.ts';
import { type MappingPlace, mappingFault } from '../mapping-fault.ts';
import { inside } from '../mapping-parser.ts';
import type { Generated } from './value.ts';

const MAC_OCTETS = 6;
/** The prefix that OpenStack's networks give their ports. */
const USUAL_PREFIX = 'fa:16:3e';
const PASSWORD_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The key that belongs to each kind of generated value. */
const keyOf: ReadonlyMap<string, string | null> = new Map([
  ['mac_address', 'prefix'],
  ['uuid', null],
  ['password', 'length'],
]);

/** Parses `{generate: what, prefix, length}`. @throws MAPPING_INVALID */
export function parseGenerated(source: JsonObject, place: MappingPlace): Generated {
  const { generate: what } = source;
  const names = [...keyOf.keys()];
  const hint = typeof what === 'string' ? didYouMean(what, names) : '';
  const refused = () => mappingFault(inside(place, 'generate'), `one of ${names.join(', ')} is expected${hint}`);
  if (typeof what !== 'string' || !keyOf.has(what)) throw refused();
  const wrong = Object.keys(source).find((key) => key !== 'generate' && key !== keyOf.get(what));
  if (wrong !== undefined) throw mappingFault(place, `the key ${wrong} doesn't go with ${what}`);
  switch (what) {
    case 'mac_address':
      return { kind: 'generate', what, prefix: prefixAt(source.prefix ?? USUAL_PREFIX, inside(place, 'prefix')) };
    case 'password':
      return {
        kind: 'generate',
        what,
        length: lengthAt(source.length ?? limits.passwordLength, inside(place, 'length')),
      };
    case 'uuid':
      return { kind: 'generate', what };
    default:
      throw refused();
  }
}

function prefixAt(prefix: Json, place: MappingPlace): string {
  if (typeof prefix === 'string' && /^[0-9a-f]{2}(?::[0-9a-f]{2}){0,4}$/i.test(prefix)) return prefix.toLowerCase();
  throw mappingFault(place, `one to five octets are expected, as in ${USUAL_PREFIX}`);
}

function lengthAt(length: Json, place: MappingPlace): number {
  const { passwordLengthLeast: least, passwordLengthMost: most } = limits;
  if (typeof length === 'number' && Number.isInteger(length) && length >= least && length <= most) return length;
  throw mappingFault(place, `an integer from ${least} to ${most} is expected`);
}

/** Returns a random value. Its randomness has to be cryptographically strong: passwords are made of it. */
export function generated(of: Generated, { randomInteger, uuid }: Pick<Runtime, 'randomInteger' | 'uuid'>): string {
  switch (of.what) {
    case 'uuid':
      return uuid();
    case 'mac_address': {
      const octets = of.prefix.split(':');
      while (octets.length < MAC_OCTETS) octets.push(randomInteger(256).toString(16).padStart(2, '0'));
      return octets.join(':');
    }
    case 'password':
      return Array.from({ length: of.length }, () =>
        PASSWORD_ALPHABET.charAt(randomInteger(PASSWORD_ALPHABET.length)),
      ).join('');
  }
}
