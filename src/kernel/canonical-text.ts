/**
 * A text in canonical form, which survives quoting by other software: case, blanks, quotes and backslashes are left
 * out, and the escapes of JSON, Python, XML and URLs are decoded, also if they are nested. Two texts with the same
 * content have the same form.
 */
export interface CanonicalText {
  readonly text: string;
  /** The start and the end of each character in the original text. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The number of decoding rounds, for nested escapes. Real text has no more. */
const MOST_ROUNDS = 4;

/** Returns the canonical form of a text. */
export function canonical(text: string): CanonicalText {
  const places = Array.from({ length: text.length }, (_, i) => i);
  // Escapes may also be broken by line wrapping.
  let form = rewritten({ text, starts: places, ends: places.map((i) => i + 1) }, WRAPPING);
  for (let pass = 0; pass < MOST_ROUNDS; pass++) {
    const next = rewritten(form, TOKEN);
    if (next.text === form.text) return next;
    form = next;
  }
  return form;
}

const WRAPPING = /(?<nothing>\\+[nrt]|[\s\p{Cc}\p{Cf}])|(?<plain>.)/uy;

/**
 * One character, or a representation of some: bytes of Python and URLs, code points, XML, and characters that are left
 * out.
 */
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
      // A literal pair of surrogates takes two positions, an escape takes one.
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

/** Returns the lower case of a letter. A letter whose lower case is longer stays, since it takes one position. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Decodes bytes as UTF-8. If they aren't UTF-8, each is a character: Python prints é as \xe9. */
function decoded(escapes: string): string {
  const bytes = Buffer.from(escapes.replaceAll(/[^\da-f]/gi, ''), 'hex');
  const text = bytes.toString();
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}
