import fc from 'fast-check';
import type { Json } from '../../src/kernel/json.ts';

/** Text of everything that means something in YAML. */
const dangerous = fc.array(
  fc.constantFrom(
    ...['\n', '\r', '\r\n', '\t', ' ', '  ', ':', ': ', '#', ' #', '-', '- ', '? ', '?', ',', '[', ']', '{', '}', '&a'],
    ...['*a', '!t', '!!str ', '|', '>', '"', "'", '\\', '%YAML 1.2', '---', '...', '@', '`', '<<', '=', '~', 'z: 2'],
    ...['k', 'a', '0', '\u0085', '\u2028', '\u2029', '\ufeff', '\0', '\ud83d', '😀', '\ud83d\ude00', '<', '&', '|2\n'],
  ),
  { maxLength: 8 },
);
/** Values of all kinds of text, most of it harmful. */
export const values = fc.oneof(
  dangerous.map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string(),
);

/** A document with every scalar replaced by null: what may not depend on a value. */
export function shape(value: Json): Json {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
}

/** Documents with a value `v` at a place each. */
export const SURROUNDINGS: readonly string[] = [
  'k: {{ v }}\nz: 1\n',
  'k: "{{ v }}"\nz: "1"\n',
  "k: '{{ v }}'\nz: '1'\n",
  'k: a {{ v }} b\nz: 1\n',
  '{k: {{ v }}, z: 1}\n',
  '{k: "{{ v }}", z: "{{ v }}"}\n',
  'k: [a, {{ v }}, b]\nz: 1\n',
  'k:\n  - {{ v }}\n  - y: 1\nz: 1\n',
  'k:\n  - x: {{ v }}\n    y: {{ v }}\nz: 1\n',
  'k: |\n  a\n  {{ v }}\n  b\nz: 1\n',
  'k: >-\n  {{ v }}\nz: 1\n',
  'k: 1 # {{ v }} is a comment\nz: 1\n',
  '# {{ v }}\nk: 1\nz: 1\n',
  'k: |\n  a\n# {{ v }}\nz: {{ v }}\n',
];
