import type { Json } from '../kernel/index.ts';
import type { Sentence } from '../schema/index.ts';

/** Foreign text as one line of Markdown (GitHub's) without any markup. */
export function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*[\]~#]/g, '\\$&')
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/^([-+]|\d+(?=[.)]))/, '\\$1');
}

/** A name or a value as code. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  // Markdown strips one blank at each end, and a text of blanks alone is no code.
  const padded = longest > 0 || line.trim() === '' || /^ .* $/.test(line) ? ` ${line} ` : line;
  return `${fence}${padded}${fence}`;
}

/** A value as code, in JSON. */
export function value(json: Json): string {
  return code(JSON.stringify(json));
}

/** A table; cells are Markdown of one line. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [headings, headings.map(() => '---'), ...rows].map(line).join('\n');
}

/** Sentences as a list, the parts of a sentence indented below it. */
export function bullets(sentences: readonly Sentence[], indent = ''): string {
  return sentences
    .flatMap(({ text, parts }) => [
      `${indent}- ${text}`,
      ...(parts.length === 0 ? [] : [bullets(parts, `${indent}  `)]),
    ])
    .join('\n');
}

/** The anchors that GitHub gives to headings, in their order; of equal ones, the later ones are numbered. */
export function anchorsOf(headings: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return headings.map((heading) => {
    const base = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = base;
    for (let i = 1; taken.has(anchor); i++) anchor = `${base}-${i}`;
    taken.add(anchor);
    return anchor;
  });
}
