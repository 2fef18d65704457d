const SURROGATE = /[\ud800-\udfff]/;

/** The characters of a text as Python counts them: code points. */
export function characters(text: string): readonly string[] {
  return SURROGATE.test(text) ? Array.from(text) : text.split('');
}

/** Whether a UTF-16 code unit is the second one of a pair. */
function isSecondHalf(text: string, at: number): boolean {
  const isLow = (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  return isLow && at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

/** Python's len() of a text. */
export function characterCount(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (let i = 0; i < text.length; i++) if (!isSecondHalf(text, i)) count++;
  return count;
}

/** Order of texts by code point, as in Python; UTF-16 order differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const leftIsSurrogate = left >= 0xd800 && left <= 0xdfff;
    const rightIsSurrogate = right >= 0xd800 && right <= 0xdfff;
    if (leftIsSurrogate !== rightIsSurrogate) return leftIsSurrogate === left > right ? left - right : right - left;
    return left - right;
  }
  return a.length - b.length;
}

const BLANK = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** Python's strip(), with loops: a regular expression would be quadratic for long runs of blanks inside. */
export function stripText(text: string, from: 'both' | 'left' | 'right', strip: ReadonlySet<string> = BLANK): string {
  let start = 0;
  let end = text.length;
  if (from !== 'right') while (start < end && strip.has(text.charAt(start))) start++;
  if (from !== 'left') while (end > start && strip.has(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Python's split() without a separator: runs of blanks separate, and the ends are stripped. */
export function splitBlanks(text: string): readonly string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inWord = i < text.length && !BLANK.has(text.charAt(i));
    if (inWord && start < 0) start = i;
    if (!inWord && start >= 0) {
      words.push(text.slice(start, i));
      start = -1;
    }
  }
  return words;
}

const LINE_END = new Set('\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029');

/** Python's splitlines(). */
export function splitLines(text: string): readonly string[] {
  const lines: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (!LINE_END.has(text.charAt(i))) continue;
    lines.push(text.slice(start, i));
    if (text.charAt(i) === '\r' && text.charAt(i + 1) === '\n') i++;
    start = i + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}
