/** Scripts and symbols that terminals draw two columns wide (East Asian Width W and F, UAX #11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const narrow = /^[\x20-\x7e]*$/;
const combining = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text in exactly `width` columns: filled with spaces, or cut with an ellipsis. */
export function fit(text: string, width: number): string {
  const cut = shorten(text, width);
  return cut + ' '.repeat(Math.max(0, width - textWidth(cut)));
}

/** The text in at most `width` columns. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  let cut = '';
  let used = 1;
  for (const character of text) {
    used += widthOf(character);
    if (used > width) break;
    cut += character;
  }
  return `${cut}…`;
}

function widthOf(character: string): number {
  if (wide.test(character)) return 2;
  return combining.test(character) ? 0 : 1;
}
