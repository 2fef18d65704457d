const ESCAPES: { readonly [letter: string]: string } = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

/** The text of a Python string literal, between its quotes. undefined if an escape is incomplete. */
export function decodeStringLiteral(raw: string): string | undefined {
  let broken = false;
  const text = raw.replaceAll(ESCAPE, (whole, octal, short, medium, long, letter: string | undefined) => {
    if (letter !== undefined) {
      if ('xuUN'.includes(letter)) broken = true;
      return ESCAPES[letter] ?? whole;
    }
    const code = octal === undefined ? Number.parseInt(short ?? medium ?? long, 16) : Number.parseInt(octal, 8);
    if (code > 0x10ffff) {
      broken = true;
      return whole;
    }
    return String.fromCodePoint(code);
  });
  return broken ? undefined : text;
}
