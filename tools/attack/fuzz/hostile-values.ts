import type { Random } from '../../../test/simulation/random.ts';

/** A text that is easily recognised; every password that the fuzzer sends contains it. */
export const CANARY = 'c4n4ry-of-the-fuzzer';

const texts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\u200f\ufeff',
  '竈 \u{1f525}',
  "'; DROP TABLE kamado_resources; --",
  '" OR "1"="1',
  '%_\\',
  '../../../etc/passwd',
  '..%2f..%2f',
  '/config/v1.0/items/',
  '{{ 7 * 7 }}{% for i in range(10000000) %}{% endfor %}',
  'a: b\n- c: [d\noutputs: {x: 1}',
  '!!python/object/apply:os.system ["true"]',
  '&a [*a, *a]',
  '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
  '\r\nSet-Cookie: a=b\r\n\r\n',
  '\u001b[2J\u001b]0;x\u0007',
  '__proto__',
  'constructor',
  'toString',
  '1e999',
  '-0',
  '0x10',
  'null',
  'true',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  '٣',
  '2026-02-30T25:61:61Z',
  '127.0.0.1/33',
  '::ffff:127.0.0.1',
];

/** JSON texts that JavaScript can't produce from a value. */
export const jsonTexts: readonly string[] = [
  '1234567890123456789',
  '-9007199254740993',
  '0.1234567890123456789012345',
  '1e400',
  '-1e400',
  '1E-400',
  '-0',
  '19.99',
  '{"a":1,"a":2}',
  '{"__proto__":{"x":1}}',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
  '"\\ud800"',
  '"\\u0000"',
];

/** A text that is made to break something; at times a long one. */
export function hostileText(random: Random): string {
  const text = random.pick(texts);
  if (random.chance(0.9)) return text;
  return (text === '' ? 'x' : text).repeat(1 + random.integer(2_000));
}

/** A value of any JSON type that is made to break something. */
export function hostileValue(random: Random, depth = 0): unknown {
  const kinds = ['text', 'number', 'constant', 'array', 'object'] as const;
  switch (depth > 4 ? 'text' : random.pick(kinds)) {
    case 'text':
      return hostileText(random);
    case 'number':
      return random.pick([0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 63, 1e300, 5e-324, 19.99, 0.07]);
    case 'constant':
      return random.pick([null, true, false]);
    case 'array':
      return Array.from({ length: random.integer(4) }, () => hostileValue(random, depth + 1));
    case 'object':
      return Object.fromEntries(
        Array.from({ length: random.integer(4) }, () => [hostileText(random), hostileValue(random, depth + 1)]),
      );
  }
}
