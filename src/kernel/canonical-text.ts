/**
 * A text without what others change when they quote it: case, blanks, quotes and backslashes are left out, the escapes of
 * JSON, Python, XML and URLs are undone, also one inside of another. Two texts that say the same have the same.
 */
export interface CanonicalText {
  readonly text: string;
  /** Where each of its characters begins and ends in the text that it was made of. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Escapes of escapes of escapes: more are nobody's. */
const MOST_FOLLOW_UPS = 4;

/** Returns the canonical form of a text. */
export function canonical(text: string): CanonicalText {
  const places = Array.from({ length: text.length }, (_, i) => i);
  // Lines are wrapped inside of escapes, too.
  let form = rewritten({ text, starts: places, ends: places.map((i) => i + 1) }, WRAPPING);
  for (let pass = 0; pass < MOST_FOLLOW_UPS; pass++) {
    const next = rewritten(form, TOKEN);
    if (next.text === form.text) return next;
    form = next;
  }
  return form;
}

const WRAPPING = /(?<nothing>\\+[nrt]|[\s\p{Cc}\p{Cf}])|(?<plain>.)/uy;

/** One character, or what stands for some: bytes of Python and URLs, code points, XML, and what is left out. */
const TOKEN =
  /(?<bytes>(?:\\+x[\da-f]{2})+|(?:%[\da-f]{2})+)|\\+u(?<unit>[\da-f]{4})|\\+U(?<point>[\da-f]{8})|&#x(?<hex>[\da-f]{1,6});|&#(?<decimal>\d{1,7});|&(?<entity>amp|lt|gt|quot|apos);|(?<nothing>[\s\p{Cc}\p{Cf}"'`+\\])|(?<plain>.)/iuy;

const ENTITIES: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function rewritten({ text, starts, ends }: CanonicalText, token: RegExp): CanonicalText {
  const found = { text: '', starts: [] as number[], ends: [] as number[] };
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at;
    const match = token.exec(text);
    const length = match?.[0].length ?? 1;
    const stands = match === null ? '' : standsFor(match.groups ?? {});
    found.text += stands;
    for (let i = 0; i < stands.length; i++) {
      // A plain pair of surrogates is two places, an escape is one.
      const isPair = match?.groups?.plain !== undefined && stands.length === length;
      found.starts.push(starts[isPair ? at + i : at] ?? 0);
      found.ends.push(ends[isPair ? at + i : at + length - 1] ?? 0);
    }
    at += length;
  }
  return found;
}

function standsFor(groups: { readonly [name: string]: string | undefined }): string {
  const { bytes, unit, point, hex, decimal, entity, plain } = groups;
  if (plain !== undefined) return lowerCase(plain);
  if (bytes !== undefined) return lowerCase(decoded(bytes));
  if (unit !== undefined) return lowerCase(String.fromCharCode(Number.parseInt(unit, 16)));
  if (entity !== undefined) return ENTITIES[entity.toLowerCase()] ?? '';
  const code = Number.parseInt(point ?? hex ?? decimal ?? '', decimal === undefined ? 16 : 10);
  return code <= 0x10ffff ? lowerCase(String.fromCodePoint(code)) : '';
}

/** A letter whose lower case is longer stays: its place is one. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Bytes as UTF-8, or where they are none, each as a character: Python prints é as \xe9. */
function decoded(escapes: string): string {
  const bytes = Buffer.from(escapes.replaceAll(/[^\da-f]/gi, ''), 'hex');
  const text = bytes.toString();
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}
